/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip members against zlib: accepted or not, and the same bytes, whatever
 * the sizes of the pieces; and what is written reads as it was.  The first
 * byte says how the input is cut.  Intended differences: ISA-L takes a header
 * with reserved flags; what comes of the data is checked all the same.
 */
#include "lib/base/gzip.h"

#include <zlib.h>

#include "fuzz.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

#define MAX_OUT ((size_t)1 << 20)

/*
 * Decompress by zlib; 0, -1 if it is no series of members, 1: too much, or
 * refused for what ISA-L takes.
 */
static int
reference(const uint8_t *p, size_t n, struct buf *out)
{
	uint8_t piece[4096];
	z_stream z;
	int rc = Z_OK, lenient;

	memset(&z, 0, sizeof(z));
	FUZZ_CHECK(inflateInit2(&z, 16 + MAX_WBITS) == Z_OK);
	z.next_in = (uint8_t *)(uintptr_t)p;
	z.avail_in = (unsigned int)n;
	while (rc == Z_OK && out->len < MAX_OUT) {
		z.next_out = piece;
		z.avail_out = sizeof(piece);
		rc = inflate(&z, Z_NO_FLUSH);
		FUZZ_CHECK(buf_append(out, piece,
		    sizeof(piece) - z.avail_out) == 0);
		if (rc == Z_STREAM_END && z.avail_in > 0)
			rc = inflateReset(&z);
	}
	lenient = rc == Z_DATA_ERROR && z.msg != NULL &&
	    strcmp(z.msg, "unknown header flags set") == 0;
	inflateEnd(&z);
	if (out->len >= MAX_OUT || lenient)
		return (1);
	return (rc == Z_STREAM_END ? 0 : -1);
}

/* ${make}: for gzip, or for deflate. */
static int
ours(struct gzip_reader *(*make)(struct err *e), const uint8_t *p, size_t n,
    size_t cut, struct buf *out, struct err *e)
{
	struct gzip_reader *r = make(e);
	size_t len, used;
	int rc = 0;

	FUZZ_CHECK(r != NULL);
	for (; rc == 0 && n > 0; p += used, n -= used) {
		len = cut == 0 || cut > n ? n : cut;
		rc = gzip_read(r, p, len, &used, out, MAX_OUT - out->len, e);
		if (rc == -1 || out->len >= MAX_OUT)
			break;
		FUZZ_CHECK(used <= len && (used > 0 || out->len > 0));
	}
	if (rc == 0 && n == 0)
		rc = gzip_read_end(r, e);
	gzip_reader_free(r);
	return (rc);
}

static void
round_trip(const uint8_t *p, size_t n, size_t cut)
{
	struct gzip_writer *w;
	struct err e = { 0 };
	struct buf packed, out;
	size_t len, at;

	buf_init(&packed, SIZE_MAX / 2);
	buf_init(&out, MAX_OUT + 1);
	w = gzip_writer_new(&e);
	FUZZ_CHECK(w != NULL);
	for (at = 0; at < n; at += len) {
		len = cut == 0 || cut > n - at ? n - at : cut;
		FUZZ_CHECK(gzip_write(w, p + at, len, at + len == n, &packed,
		    &e) == 0);
	}
	gzip_writer_free(w);
	if (n > 0) {
		FUZZ_CHECK(ours(gzip_reader_new, packed.data, packed.len, cut, &out, &e) == 0);
		FUZZ_CHECK(out.len == n && memcmp(out.data, p, n) == 0);
	}
	buf_free(&packed);
	buf_free(&out);
}

/* What zlib takes for one deflated text, with its header or bare, we do. */
static void
deflated(const uint8_t *p, size_t n, size_t cut)
{
	bool bare = (p[0] & 0xf) != 8 || p[0] >> 4 > 7;
	uint8_t *all = malloc(MAX_OUT);
	struct err e = { 0 };
	struct buf got;
	z_stream z;
	int rc;

	memset(&z, 0, sizeof(z));
	FUZZ_CHECK(all != NULL);
	FUZZ_CHECK(inflateInit2(&z, bare ? -MAX_WBITS : MAX_WBITS) == Z_OK);
	z.next_in = (uint8_t *)(uintptr_t)p;
	z.avail_in = (unsigned int)n;
	z.next_out = all;
	z.avail_out = MAX_OUT;
	rc = inflate(&z, Z_FINISH);
	buf_init(&got, MAX_OUT + 1);
	if (ours(gzip_reader_deflate, p, n, cut, &got, &e) == -1)
		FUZZ_CHECK(rc != Z_STREAM_END || z.avail_in > 0);
	if (rc == Z_STREAM_END && z.avail_in == 0)
		FUZZ_CHECK(got.len == z.total_out && (got.len == 0 ||
		    memcmp(got.data, all, got.len) == 0));
	inflateEnd(&z);
	buf_free(&got);
	free(all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf want, got;
	struct err e = { 0 };
	int rc, want_rc;

	if (n < 2 || n > MAX_OUT / 2)
		return (0);
	buf_init(&want, MAX_OUT + 8192);
	buf_init(&got, MAX_OUT + 1);
	want_rc = reference(p + 1, n - 1, &want);
	rc = ours(gzip_reader_new, p + 1, n - 1, p[0], &got, &e);
	if (want_rc != 1) {
		FUZZ_CHECK(rc == want_rc);
		FUZZ_CHECK((rc == -1) == (e.class == ERR_DATA));
		if (rc == 0)
			FUZZ_CHECK(got.len == want.len && (got.len == 0 ||
			    memcmp(got.data, want.data, got.len) == 0));
	}
	buf_free(&want);
	buf_free(&got);
	deflated(p + 1, n - 1, p[0]);
	round_trip(p + 1, n - 1, p[0]);
	return (0);
}
