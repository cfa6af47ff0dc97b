/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/json/jsonw.h"
#include "stream.h"

/* The size of the buffer; larger data is written directly. */
#define BUFFER ((size_t)256 << 10)
#define DIRECT ((size_t)16 << 10)

void
stream_out_init(struct stream_out *o, int fd)
{

	memset(o, 0, sizeof(*o));
	o->fd = fd;
	buf_init(&o->buf, BUFFER + (64U << 10));
	io_widen(fd);
}

void
stream_out_free(struct stream_out *o)
{

	buf_free(&o->buf);
}

int
stream_out_flush(struct stream_out *o, struct err *e)
{

	if (o->buf.failed)
		return (err_nomem(e));
	if (o->buf.len > 0 && io_write(o->fd, o->buf.data, o->buf.len, e) == -1)
		return (err_prefix(e, "stdout"));
	o->buf.len = 0;
	return (0);
}

/* Write ${n} bytes, by way of the buffer if there are few. */
static int
write_bytes(struct stream_out *o, const void *p, size_t n, struct err *e)
{

	assert(o->buf.len <= BUFFER);
	o->bytes += n;
	if ((o->buf.len + n > BUFFER || n >= DIRECT) &&
	    stream_out_flush(o, e) == -1)
		return (-1);
	if (n >= DIRECT) {
		if (io_write(o->fd, p, n, e) == -1)
			return (err_prefix(e, "stdout"));
		return (0);
	}
	if (buf_append(&o->buf, p, n) == -1)
		return (err_nomem(e));
	return (0);
}

/* Write a control line from ${b}. */
static int
write_stream_line(struct stream_out *o, struct buf *b, struct err *e)
{
	int rc;

	buf_puts(b, "}\n");
	rc = b->failed ? err_nomem(e) : write_bytes(o, b->data, b->len, e);
	buf_free(b);
	return (rc);
}

int
stream_out_begin(struct stream_out *o, const struct stream_begin *b,
    struct err *e)
{
	struct buf line;

	if (b->from.failed)
		return (err_nomem(e));
	assert(!o->sealed && o->bytes == 0); /* it is the first line */
	o->sealed = true;
	buf_init(&line, 4 * STREAM_MAX_CURSOR);
	buf_puts(&line, "{\"$nf\":\"begin\",\"v\":1");
	jsonw_str(&line, "run", b->run);
	jsonw_str(&line, "source", b->source);
	jsonw_i64(&line, "at", b->at);
	jsonw_raw(&line, "from", b->from.data, b->from.len);
	if (b->share)
		jsonw_u64(&line, "before", b->before);
	return (write_stream_line(o, &line, e));
}

int
stream_out_record(struct stream_out *o, const void *p, size_t n,
    struct err *e)
{

	if (stream_is_control(p, n))
		return (err_set_code(e, ERR_DATA, "looks_like_control", "a "
		    "record that looks like a control line (its first key is "
		    "\"$nf\")"));
	o->records++;
	if (o->sealed) {
		o->crc32c = crc32c_update(o->crc32c, p, n);
		o->crc32c = crc32c_update(o->crc32c, "\n", 1);
	}
	if (write_bytes(o, p, n, e) == -1)
		return (-1);
	return (write_bytes(o, "\n", 1, e));
}

int
stream_out_lines(struct stream_out *o, const void *p, size_t n,
    uint64_t records, struct err *e)
{

	o->records += records;
	if (o->sealed)
		o->crc32c = crc32c_update(o->crc32c, p, n);
	return (write_bytes(o, p, n, e));
}

int
stream_out_mark(struct stream_out *o, const void *cursor, size_t n,
    struct err *e)
{
	struct buf line;

	if (!o->sealed)
		return (0);
	if (n > STREAM_MAX_CURSOR)
		return (err_set_code(e, ERR_DATA, "long_cursor", "a cursor of "
		    "over %d bytes", STREAM_MAX_CURSOR));
	buf_init(&line, 2 * STREAM_MAX_CURSOR);
	buf_puts(&line, "{\"$nf\":\"mark\"");
	jsonw_raw(&line, "cursor", cursor, n);
	return (write_stream_line(o, &line, e));
}

int
stream_out_end(struct stream_out *o, const struct proof *proof,
    struct err *e)
{
	struct buf line;
	char crc[9];

	if (o->sealed) {
		buf_init(&line, 256);
		crc32c_hex(o->crc32c, crc);
		buf_puts(&line, "{\"$nf\":\"end\"");
		jsonw_u64(&line, "records", o->records);
		jsonw_str(&line, "crc32c", crc);
		if (proof != NULL && proof->by != PROOF_NONE)
			proof_write(proof, &line);
		if (write_stream_line(o, &line, e) == -1)
			return (-1);
	}
	return (stream_out_flush(o, e));
}
