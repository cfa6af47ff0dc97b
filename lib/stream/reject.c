/* SPDX-License-Identifier: Apache-2.0 */
#include "reject.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/number.h"
#include "lib/base/utf8.h"
#include "lib/json/jsonw.h"
#include "lib/report/metrics.h"

/* A record is cut off after this many bytes. */
#define MAX_RECORD ((size_t)64 << 10)
#define FLUSH_AT ((size_t)64 << 10)
#define MAX_BUF ((size_t)1 << 20)
#define MAX_COUNT ((uint64_t)1 << 60) /* of records that may be rejected */
#define MAX_REASONS 32
#define MAX_REASON 63

struct reason {
	char code[MAX_REASON + 1];
	uint64_t count;
};

struct reject {
	char *path;       /* NULL: there is no file */
	char *aside;      /* the temporary file; NULL: write to path itself */
	int fd;
	uint64_t count;
	bool over;        /* more than max_count were rejected */
	bool limited;     /* max_count is a limit */
	bool percent;     /* max_ppm is a limit */
	uint64_t max_count;
	uint64_t max_ppm; /* millionths of all records */
	struct buf buf;
	struct reason reasons[MAX_REASONS + 1]; /* the last: "other" */
	size_t reason_count;
};

/* "N", "P%" or "P.ddd%". */
static int
parse_limit(struct reject *r, const char *text)
{
	const char *p = text;
	uint64_t unit = 10000;

	if (number_next(&p, MAX_COUNT, &r->max_count) == -1)
		return (-1);
	if (*p == '\0') {
		r->limited = true;
		return (0);
	}
	if (r->max_count > 100)
		return (-1);
	r->max_ppm = r->max_count * unit;
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9' && unit > 1; p++) {
			unit /= 10;
			r->max_ppm += (uint64_t)(*p - '0') * unit;
		}
	r->percent = true;
	return (strcmp(p, "%") == 0 && r->max_ppm <= 1000000 ? 0 : -1);
}

/* Open a temporary file, or the path itself if it is a pipe or a device. */
static int
open_reject_file(struct reject *r, const char *path, struct err *e)
{
	struct stat st;

	if ((r->path = strdup(path)) == NULL)
		return (err_nomem(e));
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		r->fd = io_open(path, O_WRONLY, 0, e);
	} else {
		if (asprintf(&r->aside, "%s.XXXXXX", path) == -1) {
			r->aside = NULL;
			return (err_nomem(e));
		}
		r->fd = io_temporary(r->aside, e);
	}
	if (r->fd == -1) {
		free(r->aside);
		r->aside = NULL;
		return (err_errno(e, ERR_IO, "%s", path));
	}
	return (0);
}

static void
discard_file(struct reject *r)
{

	if (r->fd != -1)
		close(r->fd);
	if (r->aside != NULL)
		unlink(r->aside);
	free(r->aside);
	free(r->path);
	buf_free(&r->buf);
	free(r);
}

struct reject *
reject_open(const char *path, const char *limit, struct err *e)
{
	struct reject *r;

	if ((r = calloc(1, sizeof(*r))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	r->fd = -1;
	buf_init(&r->buf, MAX_BUF);
	if (limit != NULL && path == NULL) {
		err_set(e, ERR_USAGE, "--max-rejects needs --reject FILE");
		goto fail;
	}
	if (limit != NULL && parse_limit(r, limit) == -1) {
		err_set(e, ERR_USAGE,
		    "--max-rejects: '%s' is neither a number nor a "
		    "percentage like 0.5%%",
		    limit);
		goto fail;
	}
	if (path != NULL && open_reject_file(r, path, e) == -1)
		goto fail;
	return (r);

fail:
	discard_file(r);
	return (NULL);
}

static int
flush_rejects(struct reject *r, struct err *e)
{

	assert(r->path != NULL && r->fd != -1);
	if (r->buf.failed)
		return (err_nomem(e));
	if (io_write(r->fd, r->buf.data, r->buf.len, e) == -1) {
		/* The reader of a reject pipe is not the reader of stdout. */
		if (e->class == ERR_PIPE) {
			e->class = ERR_IO;
			e->cause = ERR_SELF;
		}
		return (err_prefix(e, "%s", r->path));
	}
	buf_reset(&r->buf);
	return (0);
}

/* The number of bytes to keep: complete characters, up to the limit. */
static size_t
cut_text(const uint8_t *p, size_t n)
{

	if (n <= MAX_RECORD)
		return (n);
	n = MAX_RECORD; /* there are more bytes: p[n] may be read */
	while (n > 0 && (p[n] & 0xc0) == 0x80)
		n--;
	return (n);
}

static void
put_record(struct buf *b, const uint8_t *p, size_t len)
{
	size_t n;

	jsonw_member(b, "record");
	if (utf8_valid(p, len)) {
		n = cut_text(p, len);
		jsonw_string(b, p, n);
	} else {
		n = len < MAX_RECORD ? len : MAX_RECORD;
		buf_putc(b, '"');
		base64_encode(b, p, n);
		buf_putc(b, '"');
		jsonw_str(b, "encoding", "base64");
	}
	if (n < len)
		jsonw_u64(b, "record_bytes", len);
}

static int
put_entry(struct reject *r, const struct reject_entry *n, struct err *e)
{
	struct buf *b = &r->buf;

	buf_putc(b, '{');
	jsonw_str(b, "tool", n->tool);
	jsonw_str(b, "code", n->code);
	jsonw_str(b, "message", n->message);
	jsonw_str(b, "pointer", n->pointer);
	if (n->place != NULL)
		jsonw_str(b, "place", n->place);
	jsonw_str(b, "source", n->source);
	jsonw_u64(b, "line", n->line);
	put_record(b, n->record, n->len);
	buf_puts(b, "}\n");
	return (b->failed || b->len >= FLUSH_AT ? flush_rejects(r, e) : 0);
}

/* The code as a label's value: [a-z0-9_]+. */
static void
make_label(char *out, const char *code)
{
	size_t i;
	char c;

	for (i = 0; i < MAX_REASON && code[i] != '\0'; i++) {
		c = code[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		out[i] = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ?
		    c : '_';
	}
	out[i] = '\0';
}

static void
count_reason(struct reject *r, const char *code)
{
	char name[MAX_REASON + 1];
	size_t i;

	make_label(name, code);
	for (i = 0; i < r->reason_count; i++)
		if (strcmp(r->reasons[i].code, name) == 0)
			break;
	if (i == r->reason_count) {
		if (i > MAX_REASONS)
			i = MAX_REASONS;
		else
			r->reason_count++;
		snprintf(r->reasons[i].code,
		    sizeof(r->reasons[i].code), "%s",
		    i < MAX_REASONS ? name : "other");
	}
	assert(i <= MAX_REASONS);
	r->reasons[i].count++;
}

/* "line N: pointer: message (place)" */
static int
set_error(const struct reject_entry *n, struct err *e)
{
	bool pointed = n->pointer != NULL && *n->pointer != '\0';
	bool placed = n->place != NULL;

	return (err_set_code(e, ERR_DATA, n->code, "line %" PRIu64
	    ": %s%s%s%s%s%s", n->line, pointed ? n->pointer : "",
	    pointed ? ": " : "", n->message, placed ? " (" : "",
	    placed ? n->place : "", placed ? ")" : ""));
}

int
reject_write(struct reject *r, const struct reject_entry *n, struct err *e)
{

	r->count++;
	count_reason(r, n->code);
	if (r->path == NULL)
		return (set_error(n, e));
	if (put_entry(r, n, e) == -1)
		return (-1);
	if (r->limited && r->count > r->max_count) {
		r->over = true;
		return (err_set_code(e, ERR_DATA, "too_many_rejects", "line "
		    "%" PRIu64 ": more than %" PRIu64 " rejects", n->line,
		    r->max_count));
	}
	return (0);
}

uint64_t
reject_count(const struct reject *r)
{

	return (r->count);
}

void
reject_tell(const struct reject *r, struct metrics *metrics,
    struct buf *summary)
{
	const struct reason *n;
	char labels[MAX_REASON + 16];
	size_t i;

	if (r == NULL || r->reason_count == 0)
		return;
	jsonw_member(summary, "rejects");
	buf_putc(summary, '{');
	for (i = 0; i < r->reason_count; i++) {
		n = &r->reasons[i];
		jsonw_u64(summary, n->code, n->count);
		snprintf(labels, sizeof(labels), "reason=\"%s\"",
		    n->code);
		metrics_set(metrics, METRICS_COUNTER, "nf_rejects_total",
		    "Records refused, by reason.", labels, (double)n->count);
	}
	buf_putc(summary, '}');
}

/* Make the file durable under its name. */
static int
keep_reject_file(struct reject *r, struct err *e)
{
	int fd = r->fd;

	if (flush_rejects(r, e) == -1)
		return (-1);
	if (r->aside == NULL)
		return (0);
	if (fsync(fd) == -1)
		return (err_errno(e, ERR_IO, "%s", r->path));
	r->fd = -1;
	if (io_close(fd, e) == -1)
		return (err_prefix(e, "%s", r->path));
	if (rename(r->aside, r->path) == -1)
		return (err_errno(e, ERR_IO, "%s", r->path));
	free(r->aside);
	r->aside = NULL;
	return (io_sync_dir(r->path, e));
}

/* Is count over max_ppm millionths of records?  This cannot overflow. */
static bool
is_over_percent(const struct reject *r, uint64_t records)
{

	return ((unsigned __int128)r->count * 1000000 >
	    (unsigned __int128)records * r->max_ppm);
}

int
reject_close(struct reject *r, uint64_t records, bool keep, struct err *e)
{
	int rc = 0;

	if (r == NULL)
		return (0);
	if (r->path != NULL && (keep || r->over))
		rc = keep_reject_file(r, e);
	if (rc == 0 && keep && r->percent && is_over_percent(r, records))
		rc = err_set_code(e, ERR_DATA, "too_many_rejects", "%" PRIu64
		    " of %" PRIu64 " records were rejected", r->count,
		    records);
	discard_file(r);
	return (rc);
}
