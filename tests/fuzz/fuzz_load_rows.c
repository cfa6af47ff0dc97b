/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ReadRows responses: rows come in order, and each as lines that apply reads
 * again, with the same cells.  The input are messages, each behind its length
 * in two bytes.
 */
#include "load/bigtable/chunks.h"

#include "fuzz.h"
#include "lib/base/err.h"
#include "load/bigtable/bigtable.pb-c.h"
#include "load/mutation.h"
#include "load/row_line.h"

static void
check_line(const uint8_t *p, size_t n, struct bytes key)
{
	static const struct mutation_defaults d = { { NULL, 0 },
		MUTATION_NO_TS };
	struct mutation m;
	struct err e = { 0 };
	uint8_t *line = fuzz_padded(p, n);

	mutation_init(&m);
	/* A server may send what it would not take: names over its limits. */
	if (mutation_parse(&m, line, n, &d, &e) == 0)
		FUZZ_CHECK(bytes_equal(m.row, key));
	else
		FUZZ_CHECK(strcmp(e.code, "bad_json") != 0 &&
		    strcmp(e.code, "bad_mutation") != 0 &&
		    strcmp(e.code, "bad_utf8") != 0 &&
		    strcmp(e.code, "dup_key") != 0);
	mutation_free(&m);
	free(line);
}

static void
check_row(const struct row *r)
{
	const uint8_t *p, *end, *nl;
	struct buf out;
	size_t from = 0;

	buf_init(&out, (size_t)64 << 20);
	while (from < r->n)
		from = row_line_write(&out, "t", r, from, 1024);
	FUZZ_CHECK(!out.failed);
	p = out.data;
	for (end = p + out.len; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		FUZZ_CHECK(nl != NULL);
		check_line(p, (size_t)(nl - p), row_key(r));
	}
	buf_free(&out);
}

/* One message; 0, or -1 if the stream is broken. */
static int
take(struct chunks *c, const uint8_t *p, size_t n)
{
	Google__Bigtable__V2__ReadRowsResponse *r =
	    google__bigtable__v2__read_rows_response__unpack(NULL, n, p);
	struct bytes key;
	struct err e = { 0 };
	size_t i;
	int rc = r == NULL ? -1 : 0;

	for (i = 0; rc != -1 && i < r->n_chunks; i++)
		if ((rc = chunks_take(c, r->chunks[i], &e)) == 1)
			check_row(&c->row);
	if (rc != -1 && r->last_scanned_row_key.len > 0) {
		key.p = r->last_scanned_row_key.data;
		key.n = r->last_scanned_row_key.len;
		rc = chunks_scanned(c, key, &e);
	}
	FUZZ_CHECK(rc != -1 || r == NULL || e.class == ERR_REFUSED);
	google__bigtable__v2__read_rows_response__free_unpacked(r, NULL);
	return (rc == -1 ? -1 : 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct err e = { 0 };
	struct chunks c;
	size_t len;
	int rc = 0;

	chunks_init(&c, false);
	while (n >= 2 && rc == 0) {
		len = (size_t)p[0] << 8 | p[1];
		p += 2;
		n -= 2;
		len = len > n ? n : len;
		rc = take(&c, p, len);
		p += len;
		n -= len;
	}
	if (rc == 0)
		(void)chunks_end(&c, &e);
	chunks_free(&c);
	return (0);
}
