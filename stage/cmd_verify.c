/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_verify.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/sha256.h"
#include "lib/cli/app.h"
#include "lib/cli/progress.h"
#include "lib/json/jsonw.h"
#include "lib/stream/stream.h"
#include "manifest.h"
#include "options.h"
#include "parts.h"
#include "reader.h"
#include "receipt.h"
#include "stage/store/store.h"

struct verify {
	struct store *s;
	const struct manifest *m;
	struct reader *r;
	struct sha256 *sha;
	struct part_totals sum; /* of the parts so far */
	char hash[SHA256_HEX]; /* of the previous part */
};

static int
refuse_object(const char *name, const char *what, struct err *e)
{

	return (err_set_code(e, ERR_DATA, "bad_part", "%s: %s", name, what));
}

/* Add the records of a part to the chain hash. */
static int
hash_records(void *arg, const void *p, size_t n, struct err *e)
{
	struct verify *v = arg;

	(void)e;
	sha256_update(v->sha, p, n);
	return (0);
}

/* The receipt must agree with the manifest and with the sum so far. */
static int
verify_receipt(struct verify *v, const struct receipt *part, struct err *e)
{
	struct receipt r;
	int rc;

	if ((rc = receipt_get(v->s, part->index, part->hash, &r, e)) == -1)
		return (-1);
	if (rc == 0)
		return (refuse_object(part->part, "its receipt is missing", e));
	if (strcmp(r.part, part->part) != 0 || r.size != part->size ||
	    r.crc32c != part->crc32c ||
	    !part_totals_equal(&r.own, &part->own) ||
	    !part_totals_equal(&r.totals, &v->sum) ||
	    (part->index > 0 && strncmp(r.before, v->hash,
	    PART_HASH - 1) != 0))
		rc = refuse_object(part->part,
		    "receipt and manifest disagree", e);
	receipt_fini(&r);
	return (rc == -1 ? -1 : 0);
}

static int
verify_part(struct verify *v, const struct receipt *part, struct err *e)
{
	char hex[SHA256_HEX];

	part_totals_add(&v->sum, &part->own);
	if (verify_receipt(v, part, e) == -1)
		return (-1);
	if (sha256_end(v->sha, hex, e) == -1)
		return (-1);
	sha256_update(v->sha, v->hash, strlen(v->hash));
	if (reader_part_raw(v->r, v->s, part, hash_records, v, e) == -1 ||
	    sha256_end(v->sha, hex, e) == -1)
		return (-1);
	if (strncmp(hex, part->hash, PART_HASH - 1) != 0)
		return (refuse_object(part->part,
		    "its records do not match its name", e));
	memcpy(v->hash, part->hash, PART_HASH);
	return (0);
}

static int
write_verdict(const struct verify *v, struct err *e)
{
	struct buf b;
	char hex[9];
	int rc;

	buf_init(&b, (size_t)16 << 10);
	crc32c_hex(v->sum.raw_crc32c, hex);
	buf_putc(&b, '{');
	jsonw_str(&b, "uri", store_uri(v->s));
	jsonw_str(&b, "run", v->m->run.run);
	jsonw_u64(&b, "parts", v->m->parts.n);
	jsonw_u64(&b, "records", v->sum.records);
	jsonw_u64(&b, "raw_size", v->sum.raw_size);
	jsonw_str(&b, "raw_crc32c", hex);
	jsonw_bool(&b, "verified", true);
	buf_puts(&b, "}\n");
	rc = b.failed ? err_nomem(e)
		      : io_write(STDOUT_FILENO, b.data, b.len, e);
	buf_free(&b);
	return (rc);
}

static int
verify_run(struct verify *v, struct app *app)
{
	struct err *e = &app->err;
	struct receipt part;
	size_t i;

	if (manifest_check_run(v->s, v->m, e) == -1)
		return (-1);
	memcpy(v->hash, v->m->run.source, sizeof(v->hash));
	app->expected = v->m->totals.records;
	for (i = 0; i < v->m->parts.n; i++) {
		parts_get(&v->m->parts, i, &part);
		if (verify_part(v, &part, e) == -1)
			return (-1);
		app->stats.records_in += part.own.records;
		app->stats.bytes_in += part.size;
		progress_now(app);
	}
	return (0);
}

int
cmd_verify(struct store *s, const struct options *o, struct app *app)
{
	struct verify v = { .s = s };
	struct manifest m;
	int rc;

	manifest_init(&m);
	v.m = &m;
	app->silent = true;
	if ((rc = manifest_get(s, &m, &app->err)) == 0)
		rc = manifest_missing(s, &app->err);
	if (rc == 1 && ((v.r = reader_new((size_t)o->max_line, &app->err))
	    == NULL || (v.sha = sha256_new(&app->err)) == NULL ||
	    verify_run(&v, app) == -1 || write_verdict(&v, &app->err) == -1))
		rc = -1;
	if (rc == 1)
		buf_puts(&app->told, "ok");
	reader_free(v.r);
	sha256_free(v.sha);
	manifest_fini(&m);
	return (rc == -1 ? -1 : 0);
}
