/* SPDX-License-Identifier: Apache-2.0 */
#include "gzip.h"

#include <assert.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "buf.h"
#include "err.h"

#define GZIP_STEP  ((size_t)64 << 10) /* bytes of a piece of output */
#define GZIP_HEADER (128U << 10)      /* bytes of a header */
#define GZIP_INPUT ((size_t)1 << 30)  /* ISA-L counts in 32 bits */

struct gzip_writer {
	struct isal_zstream z;
	uint8_t level_buf[ISAL_DEF_LVL1_DEFAULT];
};

/* The parts of a member's header (RFC 1952), in order. */
enum part { FIXED, EXTRA, NAME, COMMENT, SUM, BODY };

#define ZLIB_DEFLATE 8    /* the method, in the first byte of zlib's header */
#define ZLIB_DICTIONARY 0x20 /* in the second: a preset dictionary is needed */

struct gzip_reader {
	struct inflate_state z;
	enum part part;
	uint8_t flags;
	uint32_t at;   /* bytes of the part so far */
	uint32_t left; /* EXTRA: its bytes yet to come; SUM: its value */
	uint32_t size; /* bytes of the header so far */
	uint32_t crc;  /* of the header */
	bool inside; /* a member has begun but not ended */
	bool any;    /* there was a member */
	bool deflate; /* the format is zlib's, or raw deflate data */
};

/* ISA-L only reads its input, though its structs do not say so. */
static uint8_t *
count_input(const void *p)
{
	union {
		const void *in;
		uint8_t *isal;
	} u = { .in = p };

	return (u.isal);
}

struct gzip_writer *
gzip_writer_new(struct err *e)
{
	struct gzip_writer *w;

	if ((w = calloc(1, sizeof(*w))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	isal_deflate_init(&w->z);
	w->z.level = 1;
	w->z.level_buf = w->level_buf;
	w->z.level_buf_size = sizeof(w->level_buf);
	w->z.gzip_flag = IGZIP_GZIP;
	return (w);
}

void
gzip_writer_free(struct gzip_writer *w)
{

	free(w);
}

/* Compress the input of w->z, to the end of the member if w->z says so. */
static int
deflate_input(struct gzip_writer *w, struct buf *out, struct err *e)
{

	do {
		if (buf_reserve(out, GZIP_STEP) == -1)
			return (err_nomem(e));
		w->z.next_out = out->data + out->len;
		w->z.avail_out = (uint32_t)GZIP_STEP;
		if (isal_deflate(&w->z) != COMP_OK)
			return (err_set(e, ERR_BUG, "gzip: cannot compress"));
		out->len += GZIP_STEP - w->z.avail_out;
	} while (w->z.avail_out == 0 || w->z.avail_in > 0);
	return (0);
}

int
gzip_write(struct gzip_writer *w, const void *p, size_t n, int last,
    struct buf *out, struct err *e)
{
	size_t step;

	assert(n == 0 || p != NULL);
	w->z.next_in = count_input(p);
	do {
		step = n < GZIP_INPUT ? n : GZIP_INPUT;
		n -= step;
		w->z.avail_in = (uint32_t)step;
		w->z.end_of_stream = last && n == 0;
		if (deflate_input(w, out, e) == -1)
			return (-1);
	} while (n > 0);
	if (last) {
		isal_deflate_reset(&w->z);
		w->z.gzip_flag = IGZIP_GZIP; /* isal_deflate clears it */
	}
	return (0);
}

static void
begin_member(struct gzip_reader *r)
{

	isal_inflate_reset(&r->z);
	r->z.crc_flag = r->deflate ? ISAL_ZLIB_NO_HDR_VER :
	    ISAL_GZIP_NO_HDR_VER;
	r->inside = false;
	r->part = FIXED;
	r->at = r->left = r->size = r->crc = 0;
}

/* Move to the next part that the header has. */
static void
take_header_part(struct gzip_reader *r)
{
	static const uint8_t flag[] = { 0, 4, 8, 16, 2 };

	do
		r->part++;
	while (r->part < BODY && (r->flags & flag[r->part]) == 0);
	r->at = r->left = 0;
}

/* Take a byte of the part that all members have; -1: not gzip. */
static int
check_fixed_byte(struct gzip_reader *r, uint8_t c)
{
	static const uint8_t begin[] = { 0x1f, 0x8b, 8 };

	assert(r->part == FIXED && r->at < 10);
	if (r->at < sizeof(begin) && c != begin[r->at])
		return (-1);
	if (r->at == 3) {
		r->flags = c;
		if ((c & 0xe0) != 0)
			return (-1);
	}
	if (++r->at == 10)
		take_header_part(r);
	return (0);
}

static int
take_header_byte(struct gzip_reader *r, uint8_t c)
{

	if (++r->size > GZIP_HEADER)
		return (-1);
	if (r->part != SUM)
		r->crc = crc32_gzip_refl(r->crc, &c, 1);
	if (r->part == FIXED)
		return (check_fixed_byte(r, c));
	if (r->part == NAME || r->part == COMMENT) {
		if (c == 0)
			take_header_part(r);
		return (0);
	}
	if (r->at < 2)
		r->left |= (uint32_t)c << (8 * r->at++);
	else
		r->left--;
	if (r->part == SUM && r->at == 2) {
		if (r->left != (r->crc & 0xffff))
			return (-1);
		take_header_part(r);
	} else if (r->part == EXTRA && r->at == 2 && r->left == 0) {
		take_header_part(r);
	}
	return (0);
}

/* The two bytes of zlib's header; other data is raw deflate data. */
static int
skip_zlib_header(struct gzip_reader *r)
{
	uint8_t c;

	for (; r->part != BODY && r->z.avail_in > 0; r->z.avail_in--) {
		c = *r->z.next_in;
		if (r->at == 0 && ((c & 0xf) != ZLIB_DEFLATE || c >> 4 > 7)) {
			r->z.crc_flag = ISAL_DEFLATE;
			r->part = BODY;
			return (0);
		}
		if (r->at == 1 && ((r->left << 8 | c) % 31 != 0 ||
		    (c & ZLIB_DICTIONARY) != 0))
			return (-1);
		if (r->at == 1)
			r->part = BODY;
		r->at++;
		r->left = c;
		r->z.next_in++;
	}
	return (0);
}

/* ISA-L's own function fails if a header arrives in pieces. */
static int
skip_header(struct gzip_reader *r)
{

	if (r->deflate)
		return (skip_zlib_header(r));
	for (; r->part != BODY && r->z.avail_in > 0; r->z.avail_in--)
		if (take_header_byte(r, *r->z.next_in++) == -1)
			return (-1);
	return (0);
}

struct gzip_reader *
gzip_reader_new(struct err *e)
{
	struct gzip_reader *r;

	if ((r = calloc(1, sizeof(*r))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	isal_inflate_init(&r->z);
	begin_member(r);
	return (r);
}

struct gzip_reader *
gzip_reader_deflate(struct err *e)
{
	struct gzip_reader *r = gzip_reader_new(e);

	if (r != NULL) {
		r->deflate = true;
		begin_member(r);
	}
	return (r);
}

void
gzip_reader_free(struct gzip_reader *r)
{

	free(r);
}

static int
refuse_gzip(struct err *e, int code)
{
	const char *reason = "damaged";

	if (code == ISAL_INCORRECT_CHECKSUM)
		reason = "checksum differs";
	else if (code == ISAL_INVALID_WRAPPER)
		reason = "not gzip";
	return (err_set_code(e, ERR_DATA, "bad_gzip", "gzip: %s", reason));
}

/* Decompress once, up to max bytes; 1: call again, 0: more input needed. */
static int
inflate_piece(struct gzip_reader *r, struct buf *out, size_t max,
    struct err *e)
{
	size_t room = max < GZIP_STEP ? max : GZIP_STEP;
	int code;

	if (skip_header(r) == -1)
		return (refuse_gzip(e, ISAL_INVALID_WRAPPER));
	if (r->part != BODY)
		return (0);
	if (buf_reserve(out, room) == -1)
		return (err_nomem(e));
	r->z.next_out = out->data + out->len;
	r->z.avail_out = (uint32_t)room;
	if ((code = isal_inflate(&r->z)) != ISAL_DECOMP_OK)
		return (refuse_gzip(e, code));
	assert(r->z.avail_out <= room);
	out->len += room - r->z.avail_out;
	if (r->z.block_state == ISAL_BLOCK_FINISH) {
		begin_member(r);
		return (r->z.avail_in > 0);
	}
	return (r->z.avail_in > 0 || r->z.avail_out == 0);
}

int
gzip_read(struct gzip_reader *r, const void *p, size_t n, size_t *used,
    struct buf *out, size_t max, struct err *e)
{
	size_t start = out->len, step = n < GZIP_INPUT ? n : GZIP_INPUT;
	int more = 1;

	r->z.next_in = count_input(p);
	r->z.avail_in = (uint32_t)step;
	*used = 0;
	while (more && out->len - start < max) {
		if (r->z.avail_in > 0)
			r->inside = r->any = true;
		more = r->inside
		    ? inflate_piece(r, out, max - (out->len - start), e) : 0;
		if (more == -1)
			return (-1);
	}
	assert(r->z.avail_in <= step && out->len - start <= max);
	*used = step - r->z.avail_in;
	return (0);
}

int
gzip_read_end(const struct gzip_reader *r, struct err *e)
{

	if (r->any && !r->inside)
		return (0);
	return (err_set_code(e, ERR_DATA, "bad_gzip", "gzip: cut off"));
}
