/* SPDX-License-Identifier: Apache-2.0 */
#include "ndjson.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "foreign.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"

#define CHUNK ((size_t)256 << 10)

/*
 * The buffer holds bytes that were read but not consumed; ${at} is where the
 * next line begins.  A line is returned in place, without a copy.
 */
struct ndjson {
	int fd;
	size_t max_line;
	struct buf buf;
	size_t at;
	size_t searched; /* bytes from ${at} known to hold no newline */
	bool found;      /* the byte after them is a newline */
	uint64_t line;
	uint64_t bytes;
	bool begun; /* a line was returned */
	bool nul;   /* a NUL byte was read */
	bool eof;
	bool ended;
};

struct ndjson *
ndjson_open(int fd, size_t max_line, struct err *e)
{
	struct ndjson *r;

	if ((r = calloc(1, sizeof(*r))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	r->fd = fd;
	r->max_line = max_line;
	/* A line, its \r\n, what was read after it. */
	buf_init(&r->buf, max_line + 2 + 2 * CHUNK);
	if (buf_reserve(&r->buf, CHUNK) == -1) {
		err_nomem(e);
		free(r);
		return (NULL);
	}
	io_widen(fd);
	return (r);
}

void
ndjson_free(struct ndjson *r)
{

	if (r == NULL)
		return;
	buf_free(&r->buf);
	free(r);
}

static int
refuse_long_line(const struct ndjson *r, struct err *e)
{

	return (err_set_code(e, ERR_DATA, "long_line", "line %" PRIu64
	    ": longer " "than %zu bytes", r->line + 1, r->max_line));
}

/* Drop consumed bytes to make room, then read more.  Return 0 or -1. */
static int
fill_input(struct ndjson *r, struct err *e)
{
	ssize_t n;

	assert(!r->eof && r->at <= r->buf.len);
	if (r->at > 0) {
		buf_consume(&r->buf, r->at);
		r->at = 0;
	}
	/* A byte order mark is not part of the first line. */
	if (r->buf.len > r->max_line + (r->line == 0 ? 4 : 1))
		return (refuse_long_line(r, e));
	if (buf_reserve(&r->buf, CHUNK) == -1)
		return (err_nomem(e));
	if ((n = io_read(r->fd, r->buf.data + r->buf.len, CHUNK, e)) == -1)
		return (-1);
	if (n == 0)
		r->eof = true;
	r->nul = r->nul || memchr(r->buf.data + r->buf.len, '\0',
	    (size_t)n) != NULL;
	r->buf.len += (size_t)n;
	return (0);
}

/* Look for the end of the next line in the bytes read so far. */
static void
search_line_end(struct ndjson *r)
{
	const uint8_t *from = r->buf.data + r->at, *nl;
	size_t have = r->buf.len - r->at;

	assert(r->at + r->searched <= r->buf.len);
	if (r->found || have == r->searched)
		return;
	nl = memchr(from + r->searched, '\n', have - r->searched);
	r->found = nl != NULL;
	r->searched = nl != NULL ? (size_t)(nl - from) : have;
}

/* Store the next raw line (without \n) in ${p}, ${n}.  1, 0 at end, -1. */
static int
take_raw_line(struct ndjson *r, const uint8_t **p, size_t *n, struct err *e)
{
	size_t taken;

	for (search_line_end(r); !r->found && !r->eof; search_line_end(r))
		if (fill_input(r, e) == -1)
			return (-1);
	taken = r->searched + (r->found ? 1 : 0);
	if (taken == 0)
		return (0);
	assert(!r->ended); /* a line without a newline is the last */
	r->ended = !r->found;
	*p = r->buf.data + r->at;
	*n = r->searched;
	r->at += taken;
	r->bytes += taken;
	r->searched = 0;
	r->found = false;
	return (1);
}

static bool
is_blank(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
			return (false);
	return (true);
}

/* Drop a \r at the end and a byte order mark of the ${first} line. */
static bool
strip_line(const uint8_t **p, size_t *n, bool first)
{
	size_t had = *n;

	if (first && *n >= 3 && memcmp(*p, "\xef\xbb\xbf", 3) == 0) {
		*p += 3;
		*n -= 3;
	}
	if (*n > 0 && (*p)[*n - 1] == '\r')
		--*n;
	return (*n < had);
}

int
ndjson_read(struct ndjson *r, const uint8_t **line, size_t *len,
    struct err *e)
{
	const uint8_t *p;
	size_t n;
	bool first, more;
	int rc;

	do {
		if ((rc = take_raw_line(r, &p, &n, e)) != 1)
			return (rc);
		first = r->line == 0;
		more = strip_line(&p, &n, first);
		if (n > r->max_line)
			return (refuse_long_line(r, e));
		/* Drop all of them: a line read again must be the same. */
		while (more)
			more = strip_line(&p, &n, first);
		r->line++;
	} while (is_blank(p, n));
	if (!r->begun && foreign_check(p, n, !r->ended, e) == -1)
		return (-1);
	r->begun = true;
	if (r->nul && memchr(p, '\0', n) != NULL)
		return (err_set_code(e, ERR_DATA, "nul_byte", "line %" PRIu64
		    ": a NUL byte", r->line));
	*line = p;
	*len = n;
	return (1);
}

uint64_t
ndjson_line(const struct ndjson *r)
{

	return (r->line);
}

uint64_t
ndjson_bytes(const struct ndjson *r)
{

	return (r->bytes);
}

bool
ndjson_buffered(struct ndjson *r)
{

	search_line_end(r);
	return (r->found);
}

int
ndjson_fill(struct ndjson *r, struct err *e)
{

	if (r->eof || ndjson_buffered(r))
		return (1);
	if (fill_input(r, e) == -1)
		return (-1);
	return (r->eof || ndjson_buffered(r) ? 1 : 0);
}

bool
ndjson_ended(const struct ndjson *r)
{

	return (r->ended);
}
