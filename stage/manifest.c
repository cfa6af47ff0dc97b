/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest.h"

#include <string.h>

#include "fields.h"
#include "lib/base/clock.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/json/jsonw.h"
#include "receipt.h"
#include "split.h"
#include "stage/store/spool.h"
#include "stage/store/store.h"

#define PIECE ((size_t)64 << 10) /* written to the spool at once */

void
manifest_init(struct manifest *m)
{

	memset(m, 0, sizeof(*m));
}

void
manifest_fini(struct manifest *m)
{

	parts_free(&m->parts);
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
check_manifest_sum(const struct parts *parts,
    const struct part_totals *totals, struct err *e)
{
	struct part_totals sum;

	parts_sum(parts, &sum);
	return (part_totals_equal(&sum, totals) ? 0
	    : refuse_manifest("its parts do not add up to its totals", e));
}

/* A split_take: the next part. */
static int
take_manifest_part(void *arg, const struct scan *s, struct err *e)
{
	struct manifest *m = arg;
	struct receipt r;

	memset(&r, 0, sizeof(r));
	if (receipt_parse_members(&r, s, 0, e) == -1)
		return (-1);
	if (r.index != m->parts.n)
		return (refuse_manifest("parts are out of order", e));
	return (parts_add(&m->parts, &r, e));
}

/* Read all but the parts, and check that they add up. */
static int
parse_manifest(struct manifest *m, const struct split *split,
    const struct scan *s, struct err *e)
{
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
	if (!split->found)
		return (refuse_manifest("no parts", e));
	return (check_manifest_sum(&m->parts, &m->totals, e));
}

/* Reading a manifest. */
struct reading {
	struct store *s;
	struct split split;
};

static int
name_manifest(const struct reading *x, struct err *e)
{

	return (err_prefix(e, "%s%s", store_uri(x->s), MANIFEST_NAME));
}

/* A store_sink. */
static int
feed_manifest(void *arg, const void *p, size_t n, struct err *e)
{
	struct reading *x = arg;

	return (split_feed(&x->split, p, n, e) == -1 ? name_manifest(x, e) : 0);
}

/* It was read to its end: 1, or -1. */
static int
finish_manifest(struct reading *x, struct manifest *m, struct err *e)
{
	const struct scan *s = split_end(&x->split, e);

	if (s == NULL || parse_manifest(m, &x->split, s, e) == -1)
		return (name_manifest(x, e));
	return (1);
}

int
manifest_get(struct store *s, struct manifest *m, struct err *e)
{
	struct reading x = { .s = s };
	int rc;

	manifest_fini(m);
	split_init(&x.split, "parts", take_manifest_part, m);
	rc = store_read(s, MANIFEST_NAME, NULL, feed_manifest, &x, e);
	if (rc == 1)
		rc = finish_manifest(&x, m, e);
	split_free(&x.split);
	return (rc);
}

/* What is stored as the manifest: its text, the last piece in memory. */
struct manifest_text {
	struct spool *spool;
	struct buf piece;
	struct store_body body;
};

static int
spool_piece(struct manifest_text *t, struct err *e)
{
	struct buf *b = &t->piece;

	if (b->failed)
		return (err_nomem(e));
	t->body.size += b->len;
	t->body.crc32c = crc32c_update(t->body.crc32c, b->data, b->len);
	if (spool_write(t->spool, b->data, b->len, e) == -1)
		return (-1);
	buf_reset(b);
	return (0);
}

static void
write_manifest_head(const struct manifest *m, struct buf *out)
{
	char hex[9];

	buf_puts(out, "{\"v\":1");
	run_info_members(&m->run, out);
	jsonw_i64(out, "end", m->end);
	jsonw_u64(out, "records", m->totals.records);
	jsonw_u64(out, "size", parts_stored_size(&m->parts));
	jsonw_u64(out, "raw_size", m->totals.raw_size);
	crc32c_hex(m->totals.raw_crc32c, hex);
	jsonw_str(out, "raw_crc32c", hex);
	proof_write(&m->proof, out);
	jsonw_str(out, "tool", "nf-stage " NF_VERSION);
	jsonw_member(out, "parts");
}

/* Write m as JSON, a part to a line. */
static int
write_manifest_text(const struct manifest *m, struct manifest_text *t,
    struct err *e)
{
	struct receipt r;
	size_t i;

	write_manifest_head(m, &t->piece);
	for (i = 0; i < m->parts.n; i++) {
		parts_get(&m->parts, i, &r);
		buf_puts(&t->piece, i == 0 ? "[\n{" : ",\n{");
		receipt_members(&r, &t->piece);
		buf_putc(&t->piece, '}');
		if (t->piece.len > PIECE / 2 && spool_piece(t, e) == -1)
			return (-1);
	}
	buf_puts(&t->piece, m->parts.n == 0 ? "[]}\n" : "]}\n");
	return (spool_piece(t, e));
}

/* Create the manifest; as store_create. */
static int
create_manifest(struct store *s, const struct manifest *m,
    const char *spool_dir, struct err *e)
{
	struct manifest_text t = { .body.type = "application/json" };
	const struct spool_place at = { .dir = spool_dir };
	struct store_info info;
	int rc = -1;

	buf_init(&t.piece, 2 * PIECE);
	t.body.spool = t.spool = spool_new(&at, e);
	if (t.spool != NULL && write_manifest_text(m, &t, e) == 0)
		rc = store_create(s, MANIFEST_NAME, &t.body, &info, e);
	spool_free(t.spool);
	buf_free(&t.piece);
	return (rc);
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
manifest_commit(struct store *s, struct manifest *m, const char *spool_dir,
    struct err *e)
{
	int rc;

	/* A manifest that nobody can read must not be committed for good. */
	if (check_manifest_sum(&m->parts, &m->totals, e) == -1)
		return (err_prefix(e, "%s", store_uri(s)));
	m->end = clock_micros();
	if ((rc = create_manifest(s, m, spool_dir, e)) != 0)
		return (rc);
	/* The first manifest is the run's: read the other writer's. */
	if ((rc = manifest_get(s, m, e)) == 0)
		return (store_vanished(s, MANIFEST_NAME, e));
	return (rc == 1 ? 0 : -1);
}

/* A store_sink: write all but newlines to the descriptor. */
static int
write_on_one_line(void *arg, const void *p, size_t n, struct err *e)
{
	const uint8_t *at = p, *end = at + n, *nl;
	const int *fd = arg;

	while (at < end) {
		if ((nl = memchr(at, '\n', (size_t)(end - at))) == NULL)
			nl = end;
		if (io_write(*fd, at, (size_t)(nl - at), e) == -1)
			return (err_prefix(e, "stdout"));
		at = nl < end ? nl + 1 : end;
	}
	return (0);
}

int
manifest_print(struct store *s, int fd, struct err *e)
{
	int rc = store_read(s, MANIFEST_NAME, NULL, write_on_one_line, &fd, e);

	if (rc == 0)
		return (store_vanished(s, MANIFEST_NAME, e));
	if (rc == 1 && io_write(fd, "\n", 1, e) == -1)
		rc = err_prefix(e, "stdout");
	return (rc == 1 ? 0 : -1);
}
