/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/gzip.h"
#include "lib/base/utf8.h"
#include "lib/report/msg.h"
#include "lib/stream/stream.h"
#include "read_ahead.h"
#include "receipt.h"
#include "stage/store/spool.h"
#include "stage/store/store.h"

#define STEP ((size_t)256 << 10) /* decompressed at once */
#define GZIP_FIRST 0x1f          /* RFC 1952; no line of JSON begins so */

struct reader {
	size_t max_line;
	bool begun;             /* the first byte of the object was seen */
	bool foreign;           /* no proof that put has checked it */
	struct gzip_reader *gz; /* of an object that begins as gzip does */
	struct buf raw; /* records not written yet, last line incomplete */
	struct stream_out *out; /* where records go: there, or */
	store_sink *sink;       /* there, or nowhere */
	void *arg;
	struct reader_found found;
	struct read_ahead *ahead;    /* where objects come from, or NULL */
};

struct reader *
reader_new(size_t max_line, struct err *e)
{
	struct reader *r;

	if ((r = calloc(1, sizeof(*r))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	r->max_line = max_line;
	buf_init(&r->raw, max_line + 2 * STEP);
	return (r);
}

void
reader_free(struct reader *r)
{

	if (r == NULL)
		return;
	reader_ahead_end(r);
	gzip_reader_free(r->gz);
	buf_free(&r->raw);
	free(r);
}

/* Begin an object. */
static void
start_object(struct reader *r, struct stream_out *out)
{

	gzip_reader_free(r->gz);
	r->gz = NULL;
	r->begun = false;
	buf_reset(&r->raw);
	memset(&r->found, 0, sizeof(r->found));
	r->out = out;
}

/*
 * The first byte of an object tells whether it is gzip, not its name: Cloud
 * Storage itself decompresses objects stored with Content-Encoding gzip.
 */
static int
choose_format(struct reader *r, uint8_t first, struct err *e)
{

	r->begun = true;
	if (first != GZIP_FIRST)
		return (0);
	return ((r->gz = gzip_reader_new(e)) == NULL ? -1 : 0);
}

/* In objects that put did not create, refuse the same lines as put does. */
static int
check_lines(const uint8_t *p, size_t n, struct err *e)
{

	if (memchr(p, '\0', n) != NULL)
		return (err_set_code(e, ERR_DATA, "nul_byte", "a line with a "
		    "NUL byte"));
	if (!utf8_valid(p, n))
		return (err_set_code(e, ERR_DATA, "bad_utf8", "a line that is "
		    "not valid UTF-8"));
	return (0);
}

static uint64_t
count_lines(const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	uint64_t lines = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		lines++;
		p++;
	}
	return (lines);
}

/* Write the complete lines of the decompressed data. */
static int
hand_on_lines(struct reader *r, struct err *e)
{
	const uint8_t *nl;
	uint64_t lines;
	size_t n;

	nl = r->raw.len == 0 ? NULL : memrchr(r->raw.data, '\n', r->raw.len);
	n = nl == NULL ? 0 : (size_t)(nl - r->raw.data) + 1;
	if (r->raw.len - n > r->max_line)
		return (err_set_code(e, ERR_DATA, "long_line", "a line of over "
		    "%zu bytes", r->max_line));
	if (n == 0)
		return (0);
	assert(r->raw.data[n - 1] == '\n');
	if (r->foreign && check_lines(r->raw.data, n, e) == -1)
		return (-1);
	lines = count_lines(r->raw.data, n);
	r->found.own.records += lines;
	r->found.own.raw_size += n;
	r->found.own.raw_crc32c = crc32c_update(r->found.own.raw_crc32c,
	    r->raw.data, n);
	if (r->out != NULL &&
	    stream_out_lines(r->out, r->raw.data, n, lines, e) == -1)
		return (-1);
	if (r->sink != NULL && r->sink(r->arg, r->raw.data, n, e) == -1)
		return (-1);
	buf_consume(&r->raw, n);
	return (0);
}

/* A store_sink: n more bytes of the object. */
static int
feed_object(void *arg, const void *p, size_t n, struct err *e)
{
	struct reader *r = arg;
	const uint8_t *at = p;
	size_t used, before;

	r->found.size += n;
	r->found.crc32c = crc32c_update(r->found.crc32c, p, n);
	if (!r->begun && n > 0 && choose_format(r, *at, e) == -1)
		return (-1);
	do {
		before = r->raw.len;
		if (r->gz != NULL) {
			if (gzip_read(r->gz, at, n, &used, &r->raw, STEP, e)
			    == -1)
				return (-1);
		} else {
			used = n < STEP ? n : STEP;
			if (buf_append(&r->raw, at, used) == -1)
				return (err_nomem(e));
		}
		assert(used <= n);
		at += used;
		n -= used;
		used = r->raw.len - before;
		if (hand_on_lines(r, e) == -1)
			return (-1);
	} while (n > 0 || used == STEP);
	return (0);
}

/* The object has ended. */
static int
finish_object(struct reader *r, struct err *e)
{

	if (r->gz != NULL && gzip_read_end(r->gz, e) == -1)
		return (-1);
	if (r->raw.len > 0) {
		if (buf_putc(&r->raw, '\n') == -1)
			return (err_nomem(e));
		return (hand_on_lines(r, e));
	}
	return (0);
}

int
reader_object(struct reader *r, struct store *s, const char *name,
    const struct store_info *want, struct stream_out *out,
    struct reader_found *found, struct err *e)
{
	int rc;

	start_object(r, out);
	r->foreign = want == NULL;
	if (r->ahead != NULL)
		rc = read_ahead_read(r->ahead, feed_object, r, e);
	else
		rc = store_read(s, name, want, feed_object, r, e);
	if (rc == 1 && finish_object(r, e) == -1)
		rc = -1;
	if (rc == -1 && e->class == ERR_DATA)
		err_prefix(e, "%s%s", store_uri(s), name);
	*found = r->found;
	return (rc);
}

/* Report what is wrong with a part, or return 0. */
static int
compare_found(const struct receipt *want, const struct reader_found *got,
    struct err *e)
{
	const char *what;

	if (got->size != want->size)
		what = "size";
	else if (got->crc32c != want->crc32c)
		what = "CRC32C";
	else if (got->own.records != want->own.records)
		what = "number of records";
	else if (got->own.raw_size != want->own.raw_size)
		what = "size of the records";
	else if (got->own.raw_crc32c != want->own.raw_crc32c)
		what = "CRC32C of the records";
	else
		return (0);
	return (err_set_code(e, ERR_DATA, "bad_part", "%s: not the %s that was "
	    "recorded", want->part, what));
}

int
reader_part(struct reader *r, struct store *s, const struct receipt *want,
    struct stream_out *out, struct err *e)
{
	struct reader_found found;
	struct store_info info;
	int rc;

	receipt_info(want, &info);
	rc = reader_object(r, s, want->part, &info, out, &found, e);
	if (rc == 0)
		return (err_set_code(e, ERR_DATA, "bad_part", "%s%s: missing",
		    store_uri(s), want->part));
	if (rc == -1 || compare_found(want, &found, e) == -1)
		return (-1);
	msg_trace(MSG_INFO, "part", "part %" PRIu64 ": %" PRIu64 " records, %"
	    PRIu64 " bytes, read and checked", want->index, want->own.records,
	    want->size);
	return (0);
}

int
reader_ahead(struct reader *r, struct store *s, const struct parts *parts,
    size_t first, size_t n, struct err *e)
{

	reader_ahead_end(r);
	assert(r->ahead == NULL);
	if (n > 0 &&
	    (r->ahead = read_ahead_start(s, parts, first, n, e)) == NULL)
		return (-1);
	return (0);
}

void
reader_ahead_end(struct reader *r)
{

	read_ahead_stop(r->ahead);
	r->ahead = NULL;
}

int
reader_part_raw(struct reader *r, struct store *s, const struct receipt *want,
    store_sink *sink, void *arg, struct err *e)
{
	int rc;

	r->sink = sink;
	r->arg = arg;
	rc = reader_part(r, s, want, NULL, e);
	r->sink = NULL;
	return (rc);
}

int
reader_spool(struct reader *r, const struct part *p, struct stream_out *out,
    struct err *e)
{
	uint8_t piece[64 << 10];
	uint64_t at;
	size_t n;

	start_object(r, out);
	r->foreign = false;
	for (at = 0; at < p->size; at += n) {
		n = p->size - at < sizeof(piece) ? (size_t)(p->size - at)
						 : sizeof(piece);
		if (spool_read(p->spool, at, piece, n, e) == -1 ||
		    feed_object(r, piece, n, e) == -1)
			return (-1);
	}
	if (finish_object(r, e) == -1)
		return (-1);
	if (!part_totals_equal(&r->found.own, &p->own))
		return (err_set(e, ERR_IO, "the spool has changed its "
		    "bytes"));
	return (0);
}

int
reader_spool_raw(struct reader *r, const struct part *p, store_sink *sink,
    void *arg, struct err *e)
{
	int rc;

	r->sink = sink;
	r->arg = arg;
	rc = reader_spool(r, p, NULL, e);
	r->sink = NULL;
	return (rc);
}
