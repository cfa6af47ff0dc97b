/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/base/utf8.h"
#include "lib/json/scan.h"
#include "lib/report/msg.h"
#include "ndjson.h"

enum state {
	FIRST,  /* nothing read yet */
	PLAIN,  /* no seal */
	SEALED, /* after the begin line */
	ENDED   /* after the end line */
};

struct stream {
	struct ndjson *in;
	enum state state;
	struct stream_begin head;
	struct scan scan; /* of control lines */
	uint64_t records;
	uint32_t crc32c;
	bool summed; /* compute the CRC of an unsealed stream too */
	struct proof proof; /* of the end line */
};

struct stream *
stream_open(int fd, size_t max_line, struct err *e)
{
	struct stream *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	stream_begin_init(&s->head);
	scan_init(&s->scan);
	msg_reading(fd, "records");
	if ((s->in = ndjson_open(fd, max_line, e)) == NULL) {
		stream_free(s);
		return (NULL);
	}
	return (s);
}

void
stream_free(struct stream *s)
{

	if (s == NULL)
		return;
	ndjson_free(s->in);
	stream_begin_free(&s->head);
	scan_free(&s->scan);
	free(s);
}

void
stream_begin_init(struct stream_begin *b)
{

	memset(b, 0, sizeof(*b));
	buf_init(&b->from, STREAM_MAX_CURSOR);
	buf_puts(&b->from, "null");
}

void
stream_begin_free(struct stream_begin *b)
{

	buf_free(&b->from);
}

int
stream_begin_copy(struct stream_begin *to, const struct stream_begin *from,
    struct err *e)
{

	memcpy(to->run, from->run, sizeof(to->run));
	memcpy(to->source, from->source, sizeof(to->source));
	to->at = from->at;
	to->share = from->share;
	to->before = from->before;
	buf_reset(&to->from);
	if (buf_append(&to->from, from->from.data, from->from.len) == -1)
		return (err_nomem(e));
	return (0);
}

bool
stream_begin_resumes(const struct stream_begin *b)
{

	return (b->from.len != 4 || memcmp(b->from.data, "null", 4) != 0);
}

/* Is the key that begins at ${p}, after its quote, "$nf"? */
static __attribute__((noinline)) bool
is_control_key(const uint8_t *p, const uint8_t *end)
{
	struct buf text;
	bool same;

	if (memcmp(p, "$nf\"", 4) == 0)
		return (true);
	if (memchr(p, '\\', end - p < 18 ? (size_t)(end - p) : 18) == NULL)
		return (false);
	/* "\u0024nf" and the like: resolve the first characters. */
	buf_init(&text, 64);
	while (p < end && *p != '"' && text.len <= 3) {
		if (*p != '\\')
			buf_putc(&text, *p++);
		else if (utf8_escape_length(p, (size_t)(end - p)) == 0)
			break;
		else
			p += utf8_unescape(p, &text);
	}
	same = p < end && *p == '"' && text.len == 3 &&
	    memcmp(text.data, "$nf", 3) == 0;
	buf_free(&text);
	return (same);
}

bool
stream_is_control(const uint8_t *line, size_t len)
{
	const uint8_t *p = line, *end = line + len;

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	if (p == end || *p++ != '{')
		return (false);
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	if (p == end || *p++ != '"' || end - p < 4)
		return (false);
	return ((*p == '$' || *p == '\\') && is_control_key(p, end));
}

static int
refuse_control(const struct stream *s, const char *what, struct err *e)
{

	return (err_set_code(e, ERR_DATA, "bad_control", "line %" PRIu64
	    ": control line: %s", ndjson_line(s->in), what));
}

/* Return member ${key} of the control line if it is of ${kind}. */
static uint32_t
find_typed_member(const struct stream *s, const char *key, enum scan_kind kind)
{
	uint32_t t = scan_member(&s->scan, 0, key, strlen(key));

	if (t == SCAN_NOT_FOUND || s->scan.tok[t].kind != (unsigned)kind)
		return (SCAN_NOT_FOUND);
	return (t);
}

/* Copy string member ${key} to ${out}; empty if absent. */
static int
read_text_member(const struct stream *s, const char *key, char *out, size_t
    size)
{
	uint32_t t = find_typed_member(s, key, SCAN_STRING);
	struct buf b;
	int rc = -1;

	out[0] = '\0';
	if (t == SCAN_NOT_FOUND)
		return (0);
	buf_init(&b, size - 1);
	if (scan_string(&s->scan, t, &b) == 0 &&
	    (b.len == 0 || memchr(b.data, '\0', b.len) == NULL)) {
		if (b.len > 0)
			memcpy(out, b.data, b.len);
		out[b.len] = '\0';
		rc = 0;
	}
	buf_free(&b);
	return (rc);
}

/* Read unsigned integer member ${key}. */
static int
read_number_member(const struct stream *s, const char *key, uint64_t max,
    uint64_t *v)
{
	uint32_t t = find_typed_member(s, key, SCAN_NUMBER);

	if (t == SCAN_NOT_FOUND)
		return (-1);
	return (number_u64(scan_ptr(&s->scan, t), scan_len(&s->scan, t), max,
	    v));
}

static int
read_begin(struct stream *s, struct err *e)
{
	const uint8_t *raw;
	uint64_t v;
	uint32_t from;
	size_t n;

	if (read_number_member(s, "v", UINT64_MAX, &v) == -1 || v != 1)
		return (refuse_control(s, "version is not 1", e));
	if (read_text_member(s, "run", s->head.run, sizeof(s->head.run)) == -1
	    || read_text_member(s, "source", s->head.source,
	    sizeof(s->head.source)) == -1)
		return (refuse_control(s, "run or source is too long", e));
	if (read_number_member(s, "at", INT64_MAX, &v) == -1)
		return (refuse_control(s, "no \"at\" in begin", e));
	s->head.at = (int64_t)v;
	s->head.share = scan_member(&s->scan, 0, "before", 6) !=
	    SCAN_NOT_FOUND;
	if (s->head.share &&
	    read_number_member(s, "before", INT64_MAX, &s->head.before) == -1)
		return (refuse_control(s, "\"before\" is not a number", e));
	if ((from = scan_member(&s->scan, 0, "from", 4)) == SCAN_NOT_FOUND)
		return (refuse_control(s, "no \"from\" in begin", e));
	raw = scan_raw(&s->scan, from, &n);
	buf_reset(&s->head.from);
	if (buf_append(&s->head.from, raw, n) == -1)
		return (refuse_control(s, "\"from\" is too long", e));
	s->state = SEALED;
	return (0);
}

static int
read_end(struct stream *s, struct err *e)
{
	char crc[9], want[9];
	uint64_t n;

	if (read_number_member(s, "records", UINT64_MAX, &n) == -1 ||
	    read_text_member(s, "crc32c", crc, sizeof(crc)) == -1)
		return (refuse_control(s,
		    "\"records\" or \"crc32c\" is missing or malformed", e));
	crc32c_hex(s->crc32c, want);
	if (n != s->records || strcmp(crc, want) != 0)
		return (err_set_code(e, ERR_DATA, "bad_seal", "line %" PRIu64
		    ": seal mismatch: declares %" PRIu64 " records, crc32c %s;"
		    " received %" PRIu64 ", crc32c %s (a command in between? "
		    "nf-stage filter -- CMD)", ndjson_line(s->in), n, crc,
		    s->records, want));
	proof_read(&s->scan, 0, &s->proof);
	s->state = ENDED;
	return (0);
}

/*
 * Handle a control line.  Fill ${item} for begin and mark; after an end line
 * the caller checks that nothing follows.
 */
static int
take_control(struct stream *s, struct stream_item *item, struct err *e)
{
	char kind[8];
	uint32_t t;

	if (scan_text(&s->scan, item->line, item->len, e) == -1)
		return (err_prefix(e, "line %" PRIu64 ": control line",
		    ndjson_line(s->in)));
	if (read_text_member(s, "$nf", kind, sizeof(kind)) == -1)
		return (refuse_control(s, "\"$nf\" is not begin, mark or "
		    "end", e));
	if (s->state == FIRST && strcmp(kind, "begin") == 0) {
		item->kind = STREAM_BEGIN;
		return (read_begin(s, e));
	}
	if (s->state != SEALED)
		return (refuse_control(s, s->state == ENDED ?
		    "after the end of a sealed stream" :
		    "in a stream that did not begin sealed", e));
	if (strcmp(kind, "end") == 0)
		return (read_end(s, e));
	if (strcmp(kind, "mark") != 0)
		return (refuse_control(s, "\"$nf\" is not a mark or end, or a "
		    "begin in the middle", e));
	if ((t = find_typed_member(s, "cursor", SCAN_OBJECT)) == SCAN_NOT_FOUND
	    || scan_len(&s->scan, t) > STREAM_MAX_CURSOR)
		return (refuse_control(s, "a mark without a cursor that is an "
		    "object of at most 4096 bytes", e));
	item->kind = STREAM_MARK;
	item->line = scan_raw(&s->scan, t, &item->len);
	return (0);
}

static int
refuse_cut(struct stream *s, struct err *e)
{

	err_set_code(e, ERR_TEMP, "cut_off", "line %" PRIu64 ": the "
	    "input is cut off: a sealed stream without its end",
	    ndjson_line(s->in));
	e->cause = ERR_UPSTREAM;
	return (-1);
}

static int
check_eof(struct stream *s, struct stream_item *item, struct err *e)
{

	item->kind = STREAM_EOF;
	if (s->state == SEALED)
		return (refuse_cut(s, e));
	if (s->state == FIRST)
		s->state = PLAIN;
	return (0);
}

/* May the last line be the first bytes of a stream that began sealed? */
static bool
is_like_seal(const struct stream *s, const struct stream_item *item)
{
	static const char begin[] = "{\"$nf\":";

	return (s->state == FIRST && ndjson_ended(s->in) && item->len > 2 &&
	    item->len < sizeof(begin) && memcmp(item->line, begin,
	    item->len) == 0);
}

/*
 * A control line, or the beginning of one: a producer that dies may leave half
 * a line, which is cut off, not malformed.
 */
static int
take_control_or_rest(struct stream *s, struct stream_item *item, struct err *e)
{
	struct err bad = { .class = ERR_NONE };

	if (!ndjson_ended(s->in))
		return (take_control(s, item, e));
	if (take_control(s, item, &bad) == 0)
		return (0);
	if ((s->state == SEALED || s->state == FIRST) &&
	    strcmp(bad.code, "bad_seal") != 0)
		return (refuse_cut(s, e));
	*e = bad;
	return (-1);
}

/* Add a record and its LF to the CRC, mostly in one piece. */
static void
add_to_sum(struct stream *s, const struct stream_item *item)
{

	if (item->line[item->len] == '\n') {
		s->crc32c = crc32c_update(s->crc32c, item->line,
		    item->len + 1);
		return;
	}
	s->crc32c = crc32c_update(s->crc32c, item->line, item->len);
	s->crc32c = crc32c_update(s->crc32c, "\n", 1);
}

int
stream_read(struct stream *s, struct stream_item *item, struct err *e)
{
	int rc;

	for (;;) {
		rc = ndjson_read(s->in, &item->line, &item->len, e);
		if (rc == -1)
			return (-1);
		if (rc == 0)
			return (check_eof(s, item, e));
		item->number = ndjson_line(s->in);
		if (!stream_is_control(item->line, item->len)) {
			if (is_like_seal(s, item))
				return (refuse_cut(s, e));
			break;
		}
		if (take_control_or_rest(s, item, e) == -1)
			return (-1);
		/* Continue after the end line: nothing may follow. */
		if (s->state != ENDED)
			return (0);
	}
	if (s->state == ENDED)
		return (refuse_control(s, "a record after the end of a sealed "
		    "stream", e));
	if (s->state == SEALED && ndjson_ended(s->in))
		return (check_eof(s, item, e));
	if (s->state == FIRST)
		s->state = PLAIN;
	item->kind = STREAM_RECORD;
	s->records++;
	if (s->state == SEALED || s->summed)
		add_to_sum(s, item);
	return (0);
}

bool
stream_sealed(const struct stream *s)
{

	return (s->state == SEALED || s->state == ENDED);
}

const struct stream_begin *
stream_head(const struct stream *s)
{

	return (stream_sealed(s) ? &s->head : NULL);
}

uint64_t
stream_records(const struct stream *s)
{

	return (s->records);
}

uint64_t
stream_place(const struct stream *s)
{

	return (s->head.before + s->records);
}

uint64_t
stream_bytes(const struct stream *s)
{

	return (ndjson_bytes(s->in));
}

void
stream_sum(struct stream *s, enum stream_sum sum)
{

	assert(s->records == 0 || sum == STREAM_NO_SUM);
	s->summed = sum == STREAM_SUM;
}

uint32_t
stream_crc32c(const struct stream *s)
{

	return (s->crc32c);
}

const struct proof *
stream_proof(const struct stream *s)
{

	return (&s->proof);
}

bool
stream_buffered(const struct stream *s)
{

	return (ndjson_buffered(s->in) != 0);
}

int
stream_whole(const struct stream *s, const struct stream_item *item,
    struct err *e)
{
	struct stat st;

	if (stream_sealed(s) || (fstat(STDIN_FILENO, &st) == 0 &&
	    S_ISREG(st.st_mode)))
		return (0);
	if (item->kind == STREAM_EOF) {
		err_set_code(e, ERR_TEMP, "cut_off", "stdin: ended before its "
		    "first line; an empty input needs a seal or --unsealed");
		e->cause = ERR_UPSTREAM;
		return (-1);
	}
	return (err_set_code(e, ERR_USAGE, "unsealed", "stdin: a pipe without "
	    "a seal may have been cut off; let the producer seal it "
	    "(nf-fetch --seal) or use --unsealed"));
}

int
stream_fill(struct stream *s, struct err *e)
{

	return (ndjson_fill(s->in, e));
}
