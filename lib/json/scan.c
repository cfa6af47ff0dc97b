/* SPDX-License-Identifier: Apache-2.0 */
#include "scan.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/utf8.h"
#include "scan_fast.h"
#include "scan_keys.h"
#include "scan_plain.h"
#include "scan_shapes.h"
#include "scan_text.h"

/* The first room for tokens, which is then doubled. */
#define FIRST_TOKENS 256U

/*
 * The state of a scan.  ${open} is the innermost open container; until it is
 * closed, the ${next} of its token holds the container around it.
 */
struct cursor {
	struct scan *s;
	const uint8_t *p;
	const uint8_t *end;
	uint32_t open;
	uint32_t depth;
	const char *code;  /* the failure */
	const char *what;
	const uint8_t *at;
};

#define NONE UINT32_MAX

void
scan_init(struct scan *s)
{

	memset(s, 0, sizeof(*s)); /* the secret is made on first use */
}

void
scan_free(struct scan *s)
{

	free(s->tok);
	free(s->seen);
	scan_shapes_free(s->shapes);
	*s = (struct scan){ .hash = s->hash };
}

static int
fail_scan(struct cursor *c, const uint8_t *at, const char *code, const char
    *what)
{

	c->code = code;
	c->what = what;
	c->at = at;
	return (-1);
}

/* May the ${n} bytes at ${p} be the beginning of an escape? */
static bool
begins_escape(const uint8_t *p, size_t n)
{
	static const uint8_t pattern[] = "\\u0000\\u0000";
	size_t i;

	for (i = 0; i < n && i < sizeof(pattern) - 1; i++)
		if (pattern[i] == '0' ? !isxdigit(p[i]) : p[i] != pattern[i])
			return (false);
	return (n > 0 && n < sizeof(pattern) - 1);
}

/* May they be the beginning of a UTF-8 sequence? */
static bool
begins_sequence(const uint8_t *p, size_t n)
{
	size_t i, need = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;

	for (i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return (false);
	return (*p >= 0xc2 && *p <= 0xf4 && n < need);
}

/* Or of true, false or null? */
static bool
begins_word(const uint8_t *p, size_t n)
{
	static const char *const words[] = { "true", "false", "null", NULL };
	const char *const *w;

	for (w = words; *w != NULL; w++)
		if (n < strlen(*w) && memcmp(*w, p, n) == 0)
			return (true);
	return (false);
}

/* Did it fail because the text ended, and not because of its content? */
static bool
ended_early(const struct cursor *c)
{
	size_t n = (size_t)(c->end - c->at);

	if (strcmp(c->code, "bad_escape") == 0)
		return (begins_escape(c->at, n));
	if (strcmp(c->code, "bad_utf8") == 0)
		return (n > 0 && begins_sequence(c->at, n));
	return (strcmp(c->code, "bad_json") == 0 &&
	    (n == 0 || begins_word(c->at, n)));
}

static inline const uint8_t *
skip_space(const uint8_t *p, const uint8_t *end)
{

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return (p);
}

static int
grow_tokens(struct cursor *c)
{
	struct scan *s = c->s;
	uint32_t cap = s->cap == 0 ? FIRST_TOKENS : s->cap * 2;
	struct scan_token *t;

	/* A text of SCAN_MAX_LEN bytes has fewer tokens than 2^31. */
	if ((t = realloc(s->tok, (size_t)cap * sizeof(*t))) == NULL)
		return (fail_scan(c, c->p, "no_memory", "out of memory"));
	s->tok = t;
	s->cap = cap;
	return (0);
}

/* Append a token that begins at ${start}; return its index or NONE. */
static inline uint32_t
add_token(struct cursor *c, enum scan_kind kind, const uint8_t *start)
{
	struct scan *s = c->s;
	struct scan_token *t;

	if (s->ntok == s->cap && grow_tokens(c) == -1)
		return (NONE);
	assert(s->ntok < s->cap);
	t = &s->tok[s->ntok];
	t->start = (uint32_t)(start - s->text);
	t->end = 0;
	t->next = s->ntok + 1;
	t->kind = (unsigned)kind & 7U;
	t->escaped = 0;
	t->count = 0;
	return (s->ntok++);
}

/*
 * Scan the string whose quote is at c->p; return its token or NONE.  Inline
 * in both callers, because a third of every record's time is spent here.
 */
static inline __attribute__((always_inline)) uint32_t
take_string(struct cursor *c)
{
	const uint8_t *p = c->p + 1;
	uint32_t t = add_token(c, SCAN_STRING, p);
	size_t n;

	if (t == NONE)
		return (NONE);
	for (;;) {
		p = scan_plain_skip(p, c->end);
		if (p == c->end) {
			(void)fail_scan(c, p, "bad_json", "string without end");
			return (NONE);
		}
		if (*p == '"')
			break;
		if (*p == '\\') {
			if ((n = utf8_escape_length(p,
			    (size_t)(c->end - p))) == 0) {
				(void)fail_scan(c, p, "bad_escape",
				    "an escape that JSON does not have");
				return (NONE);
			}
			c->s->tok[t].escaped = 1;
		} else if (*p < 0x20) {
			(void)fail_scan(c, p, "bad_json",
			    "control character in a string");
			return (NONE);
		} else if ((n = utf8_sequence(p,
		    (size_t)(c->end - p))) == 0) {
			(void)fail_scan(c, p, "bad_utf8", "not UTF-8");
			return (NONE);
		}
		p += n;
	}
	c->s->tok[t].end = (uint32_t)(p - c->s->text);
	c->p = p + 1;
	return (t);
}

static inline const uint8_t *
skip_digits(const uint8_t *p, const uint8_t *end)
{

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return (p);
}

/* Scan the number at c->p: -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)? */
static int
take_number(struct cursor *c)
{
	const uint8_t *p = c->p, *from;
	uint32_t t = add_token(c, SCAN_NUMBER, p);

	if (t == NONE)
		return (-1);
	if (*p == '-')
		p++;
	from = p;
	p = skip_digits(p, c->end);
	if (p == from || (*from == '0' && p - from > 1))
		return (fail_scan(c, from, "bad_json", "a number that JSON "
		    "does not have"));
	if (p < c->end && *p == '.') {
		from = ++p;
		if ((p = skip_digits(p, c->end)) == from)
			return (fail_scan(c, p, "bad_json",
			    "a number that JSON " "does not have"));
	}
	if (p < c->end && (*p | 0x20) == 'e') {
		p++;
		if (p < c->end && (*p == '+' || *p == '-'))
			p++;
		from = p;
		if ((p = skip_digits(p, c->end)) == from)
			return (fail_scan(c, p, "bad_json",
			    "a number that JSON " "does not have"));
	}
	c->s->tok[t].end = (uint32_t)(p - c->s->text);
	c->p = p;
	return (0);
}

static int
take_word_token(struct cursor *c, const char *text, size_t len, enum scan_kind
    kind)
{
	uint32_t t;

	if ((size_t)(c->end - c->p) < len || memcmp(c->p, text, len) != 0)
		return (fail_scan(c, c->p, "bad_json", "not a JSON value"));
	if ((t = add_token(c, kind, c->p)) == NONE)
		return (-1);
	c->p += len;
	c->s->tok[t].end = (uint32_t)(c->p - c->s->text);
	return (0);
}

static int
open_container(struct cursor *c, enum scan_kind kind)
{
	uint32_t t;

	if (c->depth == SCAN_MAX_DEPTH)
		return (fail_scan(c, c->p, "too_deep", "nested too deeply"));
	if ((t = add_token(c, kind, c->p)) == NONE)
		return (-1);
	c->s->tok[t].next = c->open;
	c->open = t;
	c->depth++;
	c->p++;
	return (0);
}

static int
close_container(struct cursor *c)
{
	struct scan_token *t = &c->s->tok[c->open];
	uint32_t object = c->open, twice;

	assert(c->open != NONE && c->depth > 0);
	assert(t->next == NONE || t->next < object); /* its container */
	c->open = t->next;
	c->depth--;
	c->p++;
	t->next = c->s->ntok;
	t->end = (uint32_t)(c->p - c->s->text);
	if (t->kind != SCAN_OBJECT || t->count < 2 ||
	    (twice = scan_keys_check(c->s, object)) == SCAN_KEYS_UNIQUE)
		return (0);
	if (twice == SCAN_KEYS_NOMEM)
		return (fail_scan(c, c->p, "no_memory", "out of memory"));
	return (fail_scan(c, scan_ptr(c->s, twice), "dup_key",
	    "the same key twice in one object"));
}

/* Scan a key and its colon; leaves c->p at the value. */
static int
take_key(struct cursor *c)
{

	assert(c->s->tok[c->open].kind == SCAN_OBJECT);
	c->p = skip_space(c->p, c->end);
	if (c->p == c->end || *c->p != '"')
		return (fail_scan(c, c->p, "bad_json", "expected a key"));
	if (take_string(c) == NONE)
		return (-1);
	c->p = skip_space(c->p, c->end);
	if (c->p == c->end || *c->p != ':')
		return (fail_scan(c, c->p, "bad_json", "expected ':'"));
	c->p = skip_space(c->p + 1, c->end);
	c->s->tok[c->open].count++;
	return (0);
}

/* Scan one value; a container is only opened. */
static int
take_value(struct cursor *c)
{

	if (c->p == c->end)
		return (fail_scan(c, c->p, "bad_json", "unexpected end"));
	switch (*c->p) {
	case '"':
		return (take_string(c) == NONE ? -1 : 0);
	case '{':
		return (open_container(c, SCAN_OBJECT));
	case '[':
		return (open_container(c, SCAN_ARRAY));
	case 't':
		return (take_word_token(c, "true", 4, SCAN_TRUE));
	case 'f':
		return (take_word_token(c, "false", 5, SCAN_FALSE));
	case 'n':
		return (take_word_token(c, "null", 4, SCAN_NULL));
	case '-': case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return (take_number(c));
	default:
		return (fail_scan(c, c->p, "bad_json", "not a JSON value"));
	}
}

/*
 * After a value (or an opened container): move to the beginning of the next
 * value.  Return 1, 0 if the whole text is complete, -1 on error.
 */
static int
take_next(struct cursor *c, bool opened)
{
	struct scan_token *t;
	uint8_t closer;

	for (; c->open != NONE; opened = false) {
		t = &c->s->tok[c->open];
		closer = t->kind == SCAN_OBJECT ? '}' : ']';
		c->p = skip_space(c->p, c->end);
		if (c->p == c->end)
			return (fail_scan(c, c->p, "bad_json",
			    "unexpected end"));
		if (*c->p == closer) {
			if (close_container(c) == -1)
				return (-1);
			continue;
		}
		if (!opened && *c->p++ != ',')
			return (fail_scan(c, c->p - 1, "bad_json",
			    "expected ',' or the end of the container"));
		if (t->kind == SCAN_OBJECT)
			return (take_key(c) == -1 ? -1 : 1);
		t->count++;
		c->p = skip_space(c->p, c->end);
		return (1);
	}
	c->p = skip_space(c->p, c->end);
	if (c->p != c->end)
		return (fail_scan(c, c->p, "bad_json", "text after the value"));
	return (0);
}

/* The slow scan, which reports what is wrong, and where. */
static int
judge_text(struct scan *s, struct err *e)
{
	struct cursor c = { .s = s, .p = s->text, .open = NONE };
	uint32_t open;
	int more = 1;

	s->ntok = 0;
	c.end = c.p + s->len;
	c.p = skip_space(c.p, c.end);
	while (more == 1) {
		open = c.open;
		if (take_value(&c) == -1)
			more = -1;
		else
			more = take_next(&c, c.open != open);
	}
	assert(more == -1 || (c.open == NONE && c.depth == 0));
	if (more == 0)
		return (0);
	s->ended = ended_early(&c);
	return (err_set_code(e, strcmp(c.code, "no_memory" ) == 0 ? ERR_IO :
	    ERR_DATA, c.code, "%s at byte %zu", c.what, (size_t)(c.at -
	    s->text) + 1));
}

/* Make ${text} the text to scan. */
static int
begin_text(struct scan *s, const void *text, size_t len, struct err *e)
{
	static const uint8_t nothing[SCAN_PAD];

	if (len == 0) /* there may be no memory after an empty text */
		text = nothing;
	assert(text != NULL);
	s->text = text;
	s->len = len;
	s->ntok = 0;
	s->ended = false;
	return (len <= SCAN_MAX_LEN ? 0 : err_set_code(e, ERR_DATA, "too_long",
	    "a JSON text of over 1 GiB"));
}

int
scan_text(struct scan *s, const void *text, size_t len, struct err *e)
{

	if (begin_text(s, text, len, e) == -1)
		return (-1);
	return (scan_fast(s) ? 0 : judge_text(s, e));
}

int
scan_text_judged(struct scan *s, const void *text, size_t len, struct err *e)
{

	return (begin_text(s, text, len, e) == -1 ? -1 : judge_text(s, e));
}

const uint8_t *
scan_raw(const struct scan *s, uint32_t t, size_t *len)
{
	size_t quote = s->tok[t].kind == SCAN_STRING ? 1 : 0;

	*len = scan_len(s, t) + 2 * quote;
	return (scan_ptr(s, t) - quote);
}

int
scan_string(const struct scan *s, uint32_t t, struct buf *out)
{
	const uint8_t *p = scan_ptr(s, t), *end = p + scan_len(s, t), *q;

	if (!s->tok[t].escaped)
		return (buf_append(out, p, scan_len(s, t)));
	while (p < end) {
		if ((q = memchr(p, '\\', (size_t)(end - p))) == NULL)
			q = end;
		buf_append(out, p, (size_t)(q - p));
		p = q;
		if (p < end)
			p += utf8_unescape(p, out);
	}
	return (out->failed ? -1 : 0);
}

bool
scan_equals_escaped(const struct scan *s, uint32_t t, const void *text,
    size_t len)
{
	const uint8_t *p = text, *end = p + len;
	struct scan_text x;

	if (scan_len(s, t) < len) /* an escape is never shorter */
		return (false);
	scan_text_begin(&x, s, t);
	while (p < end)
		if (scan_text_next(&x) != *p++)
			return (false);
	return (scan_text_next(&x) == -1);
}

uint32_t
scan_member(const struct scan *s, uint32_t t, const void *key, size_t len)
{
	uint32_t i;

	if (s->tok[t].kind != SCAN_OBJECT)
		return (SCAN_NOT_FOUND);
	for (i = t + 1; i < s->tok[t].next; i = s->tok[i + 1].next)
		if (scan_equals(s, i, key, len))
			return (i + 1);
	return (SCAN_NOT_FOUND);
}

const char *
scan_kind_name(enum scan_kind kind)
{
	static const char *const names[] = { "null", "boolean", "boolean",
		"number", "string", "array", "object" };

	return (names[kind]);
}
