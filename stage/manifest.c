/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "lib/base/clock.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/json/jsonw.h"
#include "lib/json/scan.h"
#include "stage/store/store.h"
#include "stage/store/store_json.h"

#define MAX_SIZE ((size_t)128 << 20) /* some 300,000 parts */

void
manifest_init(struct manifest *m)
{

	memset(m, 0, sizeof(*m));
	buf_init(&m->text, MAX_SIZE);
}

void
manifest_fini(struct manifest *m)
{

	free(m->part);
	buf_free(&m->text);
	manifest_init(m);
}

static int
refuse_manifest(const char *what, struct err *e)
{

	return (err_set_code(e, ERR_DATA, "bad_document", "manifest: %s",
	    what));
}

/* Do the parts add up to the totals? */
static int
check_manifest_sum(const struct receipt *part, size_t n,
    const struct part_totals *totals, struct err *e)
{
	struct part_totals sum = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		part_totals_add(&sum, &part[i].own);
	return (part_totals_equal(&sum, totals) ? 0
	    : refuse_manifest("its parts do not add up to its totals", e));
}

/* Read the array of parts, and check that they add up. */
static int
parse_parts(struct manifest *m, const struct scan *s, struct err *e)
{
	uint32_t a = scan_member(s, 0, "parts", 5), i;

	if (a == SCAN_NOT_FOUND || s->tok[a].kind != SCAN_ARRAY)
		return (refuse_manifest("no parts", e));
	m->part = calloc((size_t)s->tok[a].count + 1, sizeof(*m->part));
	if (m->part == NULL)
		return (err_nomem(e));
	for (i = a + 1; i < s->tok[a].next; i = s->tok[i].next, m->n++) {
		if (receipt_parse_members(&m->part[m->n], s, i, e) == -1)
			return (-1);
		if (m->part[m->n].index != m->n)
			return (refuse_manifest("parts are out of order", e));
	}
	return (check_manifest_sum(m->part, m->n, &m->totals, e));
}

static int
parse_manifest(void *arg, const struct scan *s, struct err *e)
{
	struct manifest *m = arg;
	uint64_t v;

	if (fields_u64(s, 0, "v", &v, e) == -1)
		return (-1);
	if (v != 1)
		return (refuse_manifest("version is not 1", e));
	if (run_info_parse(&m->run, s, e) == -1 ||
	    fields_i64(s, 0, "end", &m->end, e) == -1 ||
	    fields_u64(s, 0, "records", &m->totals.records, e) == -1 ||
	    fields_u64(s, 0, "raw_size", &m->totals.raw_size, e) == -1 ||
	    fields_crc(s, 0, "raw_crc32c", &m->totals.raw_crc32c, e) == -1)
		return (-1);
	proof_read(s, 0, &m->proof);
	return (parse_parts(m, s, e));
}

int
manifest_get(struct store *s, struct manifest *m, struct err *e)
{

	manifest_fini(m);
	return (store_json_get(s, MANIFEST_NAME, &m->text, parse_manifest, m,
	    e));
}

static void
write_manifest_json(const struct run_info *run, const struct receipt *part,
    size_t n, const struct part_totals *totals, const struct proof *proof,
    struct buf *out)
{
	uint64_t size = 0;
	char hex[9];
	size_t i;

	for (i = 0; i < n; i++)
		size += part[i].size;
	buf_puts(out, "{\"v\":1");
	run_info_members(run, out);
	jsonw_i64(out, "end", clock_micros());
	jsonw_u64(out, "records", totals->records);
	jsonw_u64(out, "size", size);
	jsonw_u64(out, "raw_size", totals->raw_size);
	crc32c_hex(totals->raw_crc32c, hex);
	jsonw_str(out, "raw_crc32c", hex);
	proof_write(proof, out);
	jsonw_str(out, "tool", "nf-stage " NF_VERSION);
	jsonw_member(out, "parts");
	for (i = 0; i < n; i++) {
		assert(part[i].index == i);
		buf_puts(out, i == 0 ? "[\n{" : ",\n{");
		receipt_members(&part[i], out);
		buf_putc(out, '}');
	}
	buf_puts(out, n == 0 ? "[]}\n" : "]}\n");
}

int
manifest_check_run(struct store *s, const struct manifest *m, struct err *e)
{
	struct run_info run;
	int rc;

	if ((rc = run_info_get(s, &run, e)) == -1)
		return (-1);
	if (rc == 1 && run.start == m->run.start &&
	    strcmp(run.source, m->run.source) == 0 &&
	    strcmp(run.window, m->run.window) == 0 &&
	    strcmp(run.run, m->run.run) == 0)
		return (0);
	return (err_set_code(e, ERR_DATA, "bad_document", "%s%s: %s",
	    store_uri(s), RUN_INFO_NAME, rc == 0 ? "missing"
	    : "it and the manifest disagree"));
}

int
manifest_no_run(struct store *s, struct err *e)
{

	return (err_set_code(e, ERR_CONFIG, "not_committed", "%s: no staged "
	    "run there", store_uri(s)));
}

int
manifest_missing(struct store *s, struct err *e)
{
	struct store_info info;
	int rc = store_stat(s, RUN_INFO_NAME, &info, e);

	if (rc == 1)
		err_set_code(e, ERR_TEMP, "not_committed", "%s: not committed "
		    "yet; run nf-stage put again", store_uri(s));
	else if (rc == 0)
		(void)manifest_no_run(s, e);
	return (-1);
}

int
manifest_commit(struct store *s, const struct run_info *run,
    const struct receipt *part, size_t n, const struct part_totals *totals,
    const struct proof *proof, struct manifest *m, struct err *e)
{
	struct buf b;
	int rc;

	/* A manifest that nobody can read must not be committed for good. */
	if (check_manifest_sum(part, n, totals, e) == -1)
		return (err_prefix(e, "%s", store_uri(s)));
	buf_init(&b, MAX_SIZE);
	write_manifest_json(run, part, n, totals, proof, &b);
	rc = store_json_put(s, MANIFEST_NAME, &b, e);
	buf_free(&b);
	if (rc == -1)
		return (-1);
	/* Read what is stored: another process may have written it. */
	if ((rc = manifest_get(s, m, e)) == 0)
		return (store_vanished(s, MANIFEST_NAME, e));
	return (rc == 1 ? 0 : -1);
}
