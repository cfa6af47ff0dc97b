/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/gzip.h"

#include <stdint.h>
#include <stdlib.h>

#include "check.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

#define BIG ((size_t)3 << 20)

/* "hello\n" by another implementation (gzip -n). */
static const uint8_t hello_gz[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 0x02, 0x00, 0x20,
	0x30, 0x3a, 0x36, 0x06, 0x00, 0x00, 0x00 };

/* Bytes that compress somewhat. */
static void
fill(uint8_t *p, size_t n)
{
	uint32_t x = 1;
	size_t i;

	for (i = 0; i < n; i++) {
		x = x * 1664525U + 1013904223U;
		p[i] = i % 64 < 40 ? (uint8_t)('a' + i % 23)
				   : (uint8_t)(x >> 24);
	}
}

/* The same in zlib's format, and what is in it. */
static const uint8_t hello_zlib[] = { 0x78, 0x9c, 0xcb, 0x48, 0xcd, 0xc9, 0xc9,
	0xe7, 0x02, 0x00, 0x08, 0x4b, 0x02, 0x1f };
static const uint8_t hello_raw[] = { 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 0x02,
	0x00 };

static int read_all(struct gzip_reader *r, const void *p, size_t n,
    size_t step, size_t max, struct buf *out);

/* Decompress p in pieces of step, at most max bytes out a call. */
static int
gunzip(const void *p, size_t n, size_t step, size_t max, struct buf *out)
{
	struct err e = { .class = ERR_NONE };

	return (read_all(gzip_reader_new(&e), p, n, step, max, out));
}

static int
inflate(const void *p, size_t n, size_t step, struct buf *out)
{
	struct err e = { .class = ERR_NONE };

	buf_reset(out);
	return (read_all(gzip_reader_deflate(&e), p, n, step, 4096, out));
}

static int
read_all(struct gzip_reader *r, const void *p, size_t n, size_t step,
    size_t max, struct buf *out)
{
	struct err e = { .class = ERR_NONE };
	const uint8_t *in = p;
	size_t piece, used, before;
	int rc = 0;

	while (rc == 0) {
		piece = n < step ? n : step;
		before = out->len;
		rc = gzip_read(r, in, piece, &used, out, max, &e);
		CHECK(out->len - before <= max);
		in += used;
		n -= used;
		if (n == 0 && out->len - before < max)
			break;
	}
	if (rc == 0)
		rc = gzip_read_end(r, &e);
	if (rc == -1) {
		CHECK_INT(e.class, ERR_DATA);
		CHECK_STR(e.code, "bad_gzip");
	}
	gzip_reader_free(r);
	return (rc);
}

static void
test_foreign(void)
{
	struct buf out;
	uint8_t two[2 * sizeof(hello_gz)];
	size_t step;

	memcpy(two, hello_gz, sizeof(hello_gz));
	memcpy(two + sizeof(hello_gz), hello_gz, sizeof(hello_gz));
	buf_init(&out, 1 << 20);
	for (step = 1; step <= sizeof(two); step++) {
		buf_reset(&out);
		CHECK_INT(gunzip(two, sizeof(two), step, 4096, &out), 0);
		CHECK_MEM(out.data, out.len, "hello\nhello\n");
		buf_reset(&out);
		CHECK_INT(gunzip(two, sizeof(two), step, 1, &out), 0);
		CHECK_MEM(out.data, out.len, "hello\nhello\n");
	}
	buf_free(&out);
}

/* What is cut off, changed or followed by rubbish is refused. */
static void
test_damaged(void)
{
	uint8_t p[sizeof(hello_gz) + 1];
	struct buf out;
	size_t i;

	buf_init(&out, 1 << 20);
	for (i = 0; i < sizeof(hello_gz); i++) {
		buf_reset(&out);
		CHECK_INT(gunzip(hello_gz, i, 7, 4096, &out), -1);
	}
	for (i = 10; i < sizeof(hello_gz); i++) {
		memcpy(p, hello_gz, sizeof(hello_gz));
		p[i] ^= 0x01; /* of byte 17 the high bits are padding */
		buf_reset(&out);
		CHECK_INT(gunzip(p, sizeof(hello_gz), 9, 4096, &out), -1);
	}
	memcpy(p, hello_gz, sizeof(hello_gz));
	p[sizeof(hello_gz)] = 'x';
	CHECK_INT(gunzip(p, sizeof(p), sizeof(p), 4096, &out), -1);
	CHECK_INT(gunzip("plain text", 10, 10, 4096, &out), -1);
	buf_free(&out);
}

static void
test_deflate(void)
{
	uint8_t p[sizeof(hello_zlib)];
	struct buf out;
	size_t i;

	buf_init(&out, 1 << 20);
	for (i = 1; i <= sizeof(hello_zlib); i++) {
		CHECK_INT(inflate(hello_zlib, sizeof(hello_zlib), i, &out), 0);
		CHECK_MEM(out.data, out.len, "hello\n");
		CHECK_INT(inflate(hello_raw, sizeof(hello_raw), i, &out), 0);
		CHECK_MEM(out.data, out.len, "hello\n");
	}
	for (i = 0; i < sizeof(hello_zlib); i++)
		CHECK_INT(inflate(hello_zlib, i, 7, &out), -1);
	for (i = 0; i < sizeof(hello_raw); i++)
		CHECK_INT(inflate(hello_raw, i, 3, &out), -1);
	memcpy(p, hello_zlib, sizeof(p));
	p[1] |= 0x20; /* with a dictionary; its check bits would differ */
	CHECK_INT(inflate(p, sizeof(p), 5, &out), -1);
	memcpy(p, hello_zlib, sizeof(p));
	p[sizeof(p) - 1] ^= 1;
	CHECK_INT(inflate(p, sizeof(p), 5, &out), -1);
	CHECK_INT(inflate("[1]", 3, 3, &out), -1);
	buf_free(&out);
}

static void
test_writer(void)
{
	static const size_t steps[] = { 1, 1000, 65536, 65537, BIG };
	uint8_t *p = malloc(BIG);
	struct err e = { .class = ERR_NONE };
	struct buf gz, out;
	struct gzip_writer *w = gzip_writer_new(&e);
	size_t i, off, n, len;

	fill(p, BIG);
	buf_init(&gz, 16 << 20);
	buf_init(&out, 16 << 20);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		len = steps[i] == 1 ? 5000 : BIG;
		buf_reset(&gz);
		buf_reset(&out);
		for (off = 0; off < len; off += n) {
			n = len - off < steps[i] ? len - off : steps[i];
			CHECK_INT(gzip_write(w, p + off, n, off + n == len,
			    &gz, &e), 0);
		}
		CHECK(gz.len > 18 && gz.len < len);
		CHECK(memcmp(gz.data, "\x1f\x8b\x08\0\0\0\0\0", 8) == 0);
		CHECK_INT(gunzip(gz.data, gz.len, 65536, 65536, &out), 0);
		CHECK(out.len == len && memcmp(out.data, p, len) == 0);
		/* and to a byte at a time */
		buf_reset(&out);
		if (gz.len < 100000)
			CHECK_INT(gunzip(gz.data, gz.len, 1, 7, &out), 0);
	}
	/* an empty member */
	buf_reset(&gz);
	buf_reset(&out);
	CHECK_INT(gzip_write(w, NULL, 0, 1, &gz, &e), 0);
	CHECK_INT(gunzip(gz.data, gz.len, 4, 7, &out), 0);
	CHECK_UINT(out.len, 0);
	/* no room for the result */
	buf_free(&gz);
	buf_init(&gz, 100);
	CHECK_INT(gzip_write(w, p, BIG, 1, &gz, &e), -1);
	CHECK_INT(e.class, ERR_IO);
	gzip_writer_free(w);
	buf_free(&gz);
	buf_free(&out);
	free(p);
}

int
main(void)
{

	TEST(test_foreign);
	TEST(test_damaged);
	TEST(test_deflate);
	TEST(test_writer);
	gzip_writer_free(NULL);
	gzip_reader_free(NULL);
	return (check_done());
}
