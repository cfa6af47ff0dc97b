/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch/source/spec.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/jsonw.h"
#include "lib/json/ptr.h"
#include "lib/stream/stream.h"

#define KEEP_TOKENS (64U * 1024) /* a larger scanner is not handed on */
#define KEY_ROOM 16 /* for quotes and escapes of a key, or an index */

void
page_init(struct page *p)
{

	memset(p, 0, sizeof(*p));
	scan_init(&p->scan);
}

void
page_free(struct page *p)
{

	free(p->in.root);
	scan_free(&p->scan);
}

void
page_take_scanner(struct page *p, struct scan *spare)
{

	if (p->scan.tok != NULL)
		return;
	scan_free(&p->scan);
	p->scan = *spare;
	scan_init(spare);
}

void
page_leave_scanner(struct page *p, struct scan *spare)
{

	if (spare->tok != NULL || p->scan.cap > KEEP_TOKENS)
		return;
	scan_free(spare);
	*spare = p->scan;
	spare->text = NULL; /* of the page, which goes */
	spare->len = spare->ntok = 0;
	scan_init(&p->scan);
}

/* Check the length of record number ${n} (from 1) of a page. */
static int
check_record_length(const struct page_spec *spec, size_t len, uint64_t n,
    struct err *e)
{

	if (len <= spec->max_line)
		return (0);
	return (err_set_code(e, ERR_DATA, "long_record", "record %" PRIu64
	    ": over %zu bytes (--max-line)", n, spec->max_line));
}

static int
reject_control(uint64_t n, struct err *e)
{

	return (err_set_code(e, ERR_DATA, "looks_like_control", "record %"
	    PRIu64 ": looks like a control line (its first key is \"$nf\")",
	    n));
}

const uint8_t *
page_line(const uint8_t **p, const uint8_t *end, size_t *len)
{
	const uint8_t *start, *nl;

	while (*p < end) {
		start = *p;
		nl = memchr(start, '\n', (size_t)(end - start));
		*p = nl == NULL ? end : nl + 1;
		if (nl == NULL)
			nl = end;
		while (start < nl && (*start == ' ' || *start == '\t'))
			start++;
		while (nl > start && (nl[-1] == '\r' || nl[-1] == ' ' ||
		    nl[-1] == '\t'))
			nl--;
		*len = (size_t)(nl - start);
		if (*len > 0)
			return (start);
	}
	return (NULL);
}

int
page_no_place(const char *what, struct err *e)
{

	return (err_set_code(e, ERR_DATA, "bad_page", "%s: the page is NDJSON, "
	    "with nothing around its records (--set /format=json)", what));
}

static int
parse_lines(struct page *p, const struct page_spec *spec, struct err *e)
{
	const uint8_t *at = p->body, *end = p->body + p->len, *line;
	size_t len;

	p->lines = true;
	if (spec->places != NULL || (spec->records != NULL &&
	    ptr_text(spec->records)[0] != '\0'))
		return (page_no_place("no records", e));
	while ((line = page_line(&at, end, &len)) != NULL) {
		p->records++;
		if (check_record_length(spec, len, p->records, e) == -1)
			return (-1);
		if (scan_text(&p->scan, line, len, e) == -1)
			return (err_prefix(e, "record %" PRIu64, p->records));
		if (stream_is_control(line, len))
			return (reject_control(p->records, e));
	}
	return (0);
}

struct check {
	const struct page_spec *spec;
	uint64_t n;
};

static int
check_one(void *arg, const struct scan *s, uint32_t t, struct err *e)
{
	struct check *c = arg;
	size_t len;

	c->n++;
	(void)scan_raw(s, t, &len);
	if (check_record_length(c->spec, len, c->n, e) == -1)
		return (-1);
	if (s->tok[t].kind == SCAN_OBJECT && s->tok[t].count > 0 &&
	    scan_equals(s, t + 1, "$nf", 3))
		return (reject_control(c->n, e));
	return (0);
}

/* Append the key of record ${at}, in quotes, to ${out}. */
static void
append_record_key(const struct page *p, const struct places_at *at,
    struct buf *out)
{
	const uint8_t *raw;
	size_t n;

	if (places_in_map(p->places, &p->scan, &p->in, at)) {
		raw = scan_raw(&p->scan, at->token - 1, &n);
		buf_append(out, raw, n);
	} else {
		buf_printf(out, "\"%" PRIu32 "\"", at->index);
	}
}

/* Can the key be inserted into the record at ${at}? */
static int
check_record_key(const struct page *p, const struct page_spec *spec,
    const struct places_at *at, struct err *e)
{
	const char *key = places_key(p->places);
	size_t len = strlen(key) + KEY_ROOM + scan_len(&p->scan, at->token);

	if (places_in_map(p->places, &p->scan, &p->in, at))
		len += scan_len(&p->scan, at->token - 1);
	if (check_record_length(spec, len, p->records, e) == -1)
		return (-1);
	if (p->scan.tok[at->token].kind == SCAN_OBJECT &&
	    scan_member(&p->scan, at->token, key, strlen(key)) ==
	    SCAN_NOT_FOUND)
		return (0);
	return (err_set_code(e, ERR_DATA, "bad_page", "record %" PRIu64 ": it "
	    "%s, so there is no place for its key (\"records_map\")",
	    p->records, p->scan.tok[at->token].kind == SCAN_OBJECT ?
	    "has that member already" : "is no object"));
}

/* Records at several pointers, with "*", or in a map. */
static int
find_places(struct page *p, const struct page_spec *spec, struct err *e)
{
	struct places_at at = { .inside = false };

	p->places = spec->places;
	if (places_find(p->places, &p->scan, spec->missing_ok, &p->in, e) == -1)
		return (-1);
	p->found = p->in.nouter > 0;
	while (places_next(p->places, &p->scan, &p->in, &at)) {
		p->records++;
		if (places_key(p->places) != NULL &&
		    check_record_key(p, spec, &at, e) == -1)
			return (-1);
	}
	return (0);
}

static int
find_records(struct page *p, const struct page_spec *spec, struct err *e)
{
	uint32_t t = 0;
	enum scan_kind kind;

	if (spec->places != NULL)
		return (find_places(p, spec, e));
	if (spec->records != NULL)
		t = ptr_find(spec->records, &p->scan, 0);
	if (t == SCAN_NOT_FOUND && spec->missing_ok)
		return (0);
	if (t == SCAN_NOT_FOUND)
		return (err_set_code(e, ERR_DATA, "no_records", "no records: "
		    "nothing at \"%s\"", ptr_text(spec->records)));
	kind = p->scan.tok[t].kind;
	if (spec->records == NULL && kind == SCAN_OBJECT && spec->bare_ok &&
	    p->scan.tok[t].count == 0)
		return (0);
	if (spec->records == NULL && kind == SCAN_OBJECT)
		return (err_set_code(e, ERR_CONFIG, "records_unnamed", "the "
		    "page is an object: name the records in it with --records "
		    "POINTER (\"\" for the object itself)"));
	p->found = true;
	p->at = t;
	p->single = kind == SCAN_OBJECT;
	if (kind == SCAN_ARRAY)
		p->records = p->scan.tok[t].count;
	else if (kind == SCAN_OBJECT)
		p->records = 1;
	else if (kind != SCAN_NULL) {
		return (err_set_code(e, ERR_DATA, "no_records", "no records: a "
		    "%s at \"%s\"", scan_kind_name(kind), spec->records ?
		    ptr_text(spec->records) : ""));
	}
	return (0);
}

void
page_skip_mark(const uint8_t **body, size_t *len)
{

	if (*len < 3 || memcmp(*body, "\xef\xbb\xbf", 3) != 0)
		return;
	*body += 3;
	*len -= 3;
}

int
page_parse(struct page *p, const struct page_spec *spec, const uint8_t *body,
    size_t len, bool ndjson, struct err *e)
{
	struct check c = { spec, 0 };

	page_skip_mark(&body, &len);
	p->body = body;
	p->len = len;
	p->lines = p->single = p->found = p->unsaid = false;
	p->scan.ended = false;
	p->at = 0;
	p->places = NULL;
	p->records = 0;
	if (spec->format == PAGE_NDJSON ||
	    (spec->format == PAGE_AUTO && ndjson))
		return (parse_lines(p, spec, e));
	if (scan_text(&p->scan, body, len, e) == -1 ||
	    find_records(p, spec, e) == -1)
		return (-1);
	return (page_each(p, check_one, &c, e));
}

void
page_empty(struct page *p)
{

	p->body = NULL;
	p->len = 0;
	p->lines = true;
	p->single = p->found = p->unsaid = false;
	p->places = NULL;
	p->records = 0;
}

void
page_no_content(struct page *p)
{

	page_empty(p);
	p->unsaid = true;
}

bool
page_is_bare(const struct page *p)
{

	return (p->single && p->scan.tok[p->at].count == 0);
}

bool
page_is_numbered(const struct page *p)
{

	return (p->single && places_numbered(&p->scan, p->at));
}

bool
page_holds(const struct page *p, uint32_t t)
{
	size_t i;

	if (p->places == NULL)
		return (p->found && t == p->at);
	for (i = 0; i < p->in.nouter; i++)
		if (p->in.outer[i] == t)
			return (true);
	return (false);
}

bool
page_around(const struct page *p, uint32_t t)
{
	uint32_t end = p->scan.tok[t].next;
	size_t i;

	if (p->places == NULL)
		return (p->found && p->at > t && p->at < end);
	for (i = 0; i < p->in.nouter; i++)
		if (p->in.outer[i] > t && p->in.outer[i] < end)
			return (true);
	return (false);
}

void
page_no_records(struct page *p)
{

	assert(p->single);
	p->single = false;
	p->records = 0;
}

void
page_append_step(struct buf *path, const void *key, size_t n)
{
	const uint8_t *p = key;
	size_t i;

	buf_putc(path, '/');
	for (i = 0; i < n; i++) {
		if (p[i] == '~')
			buf_puts(path, "~0");
		else if (p[i] == '/')
			buf_puts(path, "~1");
		else
			buf_putc(path, p[i] < 0x20 || p[i] == 0x7f ? '?' :
			    p[i]);
	}
}

/* Append a value without its line ends: they are between tokens. */
static void
append_value(struct buf *out, const uint8_t *r, size_t len)
{
	const uint8_t *end = r + len, *p;

	while (r < end) {
		p = memchr(r, '\n', (size_t)(end - r));
		if (p == NULL)
			p = end;
		if (memchr(r, '\r', (size_t)(p - r)) == NULL)
			buf_append(out, r, (size_t)(p - r));
		else
			for (; r < p; r++)
				if (*r != '\r')
					buf_putc(out, *r);
		r = p + 1;
	}
}

static void
append_line(struct buf *out, const uint8_t *r, size_t len)
{

	append_value(out, r, len);
	buf_putc(out, '\n');
}

/* Append the record at ${at} with its key in it. */
static void
append_keyed(const struct page *p, const struct places_at *at,
    struct buf *out)
{
	const uint8_t *raw;
	size_t len;

	raw = scan_raw(&p->scan, at->token, &len);
	if (places_key(p->places) == NULL) {
		append_value(out, raw, len);
		return;
	}
	buf_putc(out, '{');
	jsonw_cstring(out, places_key(p->places));
	buf_putc(out, ':');
	append_record_key(p, at, out);
	if (p->scan.tok[at->token].count > 0)
		buf_putc(out, ',');
	append_value(out, raw + 1, len - 1);
}

/* The first ${limit} records of several places, separated by ${sep}. */
static uint64_t
cut_places(const struct page *p, uint64_t limit, char sep, struct buf *out)
{
	struct places_at at = { .inside = false };
	uint64_t n;

	for (n = 0; n < limit &&
	    places_next(p->places, &p->scan, &p->in, &at); n++) {
		if (n > 0)
			buf_putc(out, sep);
		append_keyed(p, &at, out);
	}
	return (n);
}

struct cut {
	struct buf *out;
	uint64_t n, limit;
};

static int
cut_one(void *arg, const struct scan *s, uint32_t t, struct err *e)
{
	struct cut *c = arg;
	const uint8_t *raw;
	size_t len;

	(void)e;
	if (c->n == c->limit)
		return (1);
	raw = scan_raw(s, t, &len);
	append_line(c->out, raw, len);
	c->n++;
	return (0);
}

/*
 * Append all records of an array in one piece if there is one byte between
 * each two, as most APIs write it, and no line end.  Return false if not.
 */
static bool
copy_array(const struct page *p, struct buf *out)
{
	const struct scan_token *tok = p->scan.tok, *all = &tok[p->at];
	const uint8_t *from = p->scan.text + all->start + 1;
	size_t n = all->end - all->start - 1, at = 0, len; /* with the bracket */
	uint8_t *to;
	uint32_t i;

	for (i = p->at + 1; i < all->next; i = tok[i].next) {
		if (scan_raw(&p->scan, i, &len) != from + at)
			return (false);
		at += len + 1;
	}
	if (at != n || memchr(from, '\n', n) != NULL ||
	    memchr(from, '\r', n) != NULL || buf_reserve(out, n) == -1)
		return (false);
	to = out->data + out->len;
	buf_append(out, from, n);
	for (i = p->at + 1; i < all->next; i = tok[i].next) {
		(void)scan_raw(&p->scan, i, &len);
		to += len;
		*to++ = '\n';
	}
	return (true);
}

uint64_t
page_lines(const struct page *p, uint64_t limit, struct buf *out)
{
	const uint8_t *at = p->body, *end = p->body + p->len, *line;
	struct cut c = { out, 0, limit };
	size_t len;

	if (p->places != NULL) {
		c.n = cut_places(p, limit, '\n', out);
		if (c.n > 0)
			buf_putc(out, '\n');
		return (c.n);
	}
	if (!p->lines) {
		if (p->found && !p->single && p->records > 0 &&
		    p->records <= limit && copy_array(p, out))
			return (p->records);
		(void)page_each(p, cut_one, &c, NULL);
		return (c.n);
	}
	while (c.n < limit && (line = page_line(&at, end, &len)) != NULL) {
		append_line(out, line, len);
		c.n++;
	}
	return (c.n);
}

bool
page_value(const struct page *p, struct buf *out)
{
	const uint8_t *raw;
	size_t len;

	if (p->lines || !p->found)
		return (false);
	if (p->places != NULL) {
		buf_putc(out, '[');
		(void)cut_places(p, UINT64_MAX, ',', out);
		buf_putc(out, ']');
		return (true);
	}
	raw = scan_raw(&p->scan, p->at, &len);
	append_value(out, raw, len);
	return (true);
}

uint32_t
page_find(const struct page *p, const struct ptr *ptr)
{

	if (p->lines || ptr == NULL)
		return (SCAN_NOT_FOUND);
	return (ptr_find(ptr, &p->scan, 0));
}

uint32_t
page_last(const struct page *p)
{
	const struct scan_token *tok = p->scan.tok;
	struct places_at at = { .inside = false };
	uint32_t i, last = SCAN_NOT_FOUND;

	if (p->records == 0)
		return (SCAN_NOT_FOUND);
	if (p->lines)
		return (0);
	if (p->places != NULL) {
		while (places_next(p->places, &p->scan, &p->in, &at))
			last = at.token;
		return (last);
	}
	if (p->single)
		return (p->at);
	for (i = p->at + 1; i < tok[p->at].next; i = tok[i].next)
		last = i;
	return (last);
}

static int
each_line(const struct page *p,
    int (*call)(void *arg, const struct scan *s, uint32_t t, struct err *e),
    void *arg, struct err *e)
{
	const uint8_t *at = p->body, *end = p->body + p->len, *line;
	struct scan scan;
	size_t len;
	int rc = 0;

	scan_init(&scan);
	while (rc == 0 && (line = page_line(&at, end, &len)) != NULL)
		rc = scan_text(&scan, line, len, e) ? -1 :
		    call(arg, &scan, 0, e);
	scan_free(&scan);
	return (rc);
}

int
page_each(const struct page *p,
    int (*call)(void *arg, const struct scan *s, uint32_t t, struct err *e),
    void *arg, struct err *e)
{
	const struct scan_token *tok = p->scan.tok;
	struct places_at at = { .inside = false };
	uint32_t i;
	int rc = 0;

	if (p->records == 0)
		return (0);
	if (p->lines)
		return (each_line(p, call, arg, e));
	while (p->places != NULL && rc == 0 &&
	    places_next(p->places, &p->scan, &p->in, &at))
		rc = call(arg, &p->scan, at.token, e);
	if (p->places != NULL)
		return (rc);
	if (p->single)
		return (call(arg, &p->scan, p->at, e));
	for (i = p->at + 1; rc == 0 && i < tok[p->at].next; i = tok[i].next)
		rc = call(arg, &p->scan, i, e);
	return (rc);
}

bool
page_is_ndjson(const char *type)
{
	static const char *const types[] = { "application/x-ndjson",
		"application/ndjson", "application/jsonl",
		"application/x-jsonl", "application/jsonlines",
		"application/x-jsonlines", "application/json-lines",
		"application/stream+json", "application/x-json-stream", NULL };
	const char *const *t;
	size_t n = strcspn(type, "; \t");

	for (t = types; *t != NULL; t++)
		if (strlen(*t) == n && strncasecmp(type, *t, n) == 0)
			return (true);
	return (false);
}
