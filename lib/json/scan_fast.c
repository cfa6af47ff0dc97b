/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_fast.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/vector.h"
#include "scan.h"
#include "scan_keys.h"
#include "scan_plain.h"
#include "scan_shapes.h"

#define MAX_OPEN 64
#define FIRST_TOKENS 256U
/* Numbers of fewer bytes are checked in one step. */
#define SHORT_NUMBER 15

/* An open container, innermost last; the first is the whole text. */
struct frame {
	struct shape *shape; /* its shape; array: that of its objects */
	struct shape_key *next; /* the expected key, and the end */
	struct shape_key *last;
	uint32_t token;
	uint32_t count;
	uint8_t closer;      /* the bracket that ends it */
	bool known;          /* the last key is the one before ${next} */
	bool loose;          /* the shape does not prove that keys differ */
};

/* The data of a walk over a text. */
struct walk {
	struct scan *s;
	const uint8_t *text;
	const uint8_t *end;
};

static inline const uint8_t *
skip_json_blanks(const uint8_t *p, const uint8_t *end)
{

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return (p);
}

static inline const uint8_t *
skip_number_digits(const uint8_t *p, const uint8_t *end)
{
	const uint64_t tens = 0xf0f0f0f0f0f0f0f0U, zeros = 0x3030303030303030U;
	uint64_t v;

	/* Eight in a step: 0x30 to 0x39, still below 0x40 after adding 6. */
	for (; end - p >= 8; p += 8) {
		memcpy(&v, p, sizeof(v));
		if (((v & tens) ^ zeros) != 0 ||
		    (((v + 0x0606060606060606U) & tens) ^ zeros) != 0)
			break;
	}
	while (p < end && (uint8_t)(*p - '0') <= 9)
		p++;
	return (p);
}

/* Return the end of the number at ${p}, or NULL. */
static const uint8_t *
find_number_end(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *from;

	p += *p == '-';
	from = p;
	p = skip_number_digits(p, end);
	if (p == from || (*from == '0' && p - from > 1))
		return (NULL);
	if (p < end && *p == '.') {
		from = ++p;
		if ((p = skip_number_digits(p, end)) == from)
			return (NULL);
	}
	if (p < end && (*p | 0x20) == 'e') {
		p++;
		p += p < end && (*p == '+' || *p == '-');
		from = p;
		if ((p = skip_number_digits(p, end)) == from)
			return (NULL);
	}
	return (p);
}

/*
 * The same for a typical number, without a branch for each digit.  Bytes after
 * the text may be counted; the walk then ends after the text.
 */
static inline const uint8_t *
find_short_number_end(const uint8_t *p, const uint8_t *end)
{
	unsigned other = ~vector_mask(vector_load(p) - '0' <= 9);
	unsigned from = *p == '-', at, more;

	at = (unsigned)__builtin_ctz(other >> from) + from;
	if (at >= SHORT_NUMBER)
		return (find_number_end(p, end));
	if (at == from || (p[from] == '0' && at - from > 1))
		return (NULL);
	if (p[at] == '.') {
		more = (unsigned)__builtin_ctz(other >> (at + 1));
		if (more == 0)
			return (NULL);
		at += 1 + more;
	}
	return (at < SHORT_NUMBER && (p[at] | 0x20) != 'e' ? p + at :
	    find_number_end(p, end));
}

/* The same for true, false and null, and its kind. */
static inline const uint8_t *
find_word_end(const uint8_t *p, enum scan_kind *kind)
{

	if (memcmp(p, "true", 4) == 0) {
		*kind = SCAN_TRUE;
		return (p + 4);
	}
	if (memcmp(p, "null", 4) == 0) {
		*kind = SCAN_NULL;
		return (p + 4);
	}
	*kind = SCAN_FALSE;
	return (memcmp(p, "false", 5) == 0 ? p + 5 : NULL);
}

static bool
grow_fast_tokens(struct scan *s)
{
	size_t cap = s->cap == 0 ? FIRST_TOKENS : (size_t)s->cap * 2;
	struct scan_token *t;

	if ((t = realloc(s->tok, cap * sizeof(*t))) == NULL)
		return (false);
	s->tok = t;
	s->cap = (uint32_t)cap;
	return (true);
}

static inline void
set_token(struct scan_token *t, enum scan_kind kind, size_t start, size_t end,
    size_t next)
{

	t->start = (uint32_t)start;
	t->end = (uint32_t)end;
	t->next = (uint32_t)next;
	t->kind = (unsigned)kind & 7U;
	t->escaped = 0;
	t->count = 0;
}

/* Learn the new key from ${p} to ${behind}, which is after its colon. */
static bool
learn_key(struct frame *f, const uint8_t *p, const uint8_t *behind)
{
	size_t at = (size_t)(f->next - f->shape->key);

	if (!scan_shapes_learn(f->shape, at, p, (size_t)(behind - p)))
		return (false);
	f->next = f->shape->key + at + 1;
	f->last = f->shape->key + f->shape->n;
	return (true);
}

/*
 * The key at ${p} is not an expected one: read it, and learn it for the next
 * time.  Return the byte after its colon, or NULL.
 */
static __attribute__((noinline)) const uint8_t *
take_new_key(const struct walk w, struct frame *f, const uint8_t *p, size_t n)
{
	const uint8_t *quote, *behind;
	bool escaped = false;

	if (*p != '"' ||
	    (quote = scan_plain_quote(p + 1, w.end, &escaped)) == NULL)
		return (NULL);
	behind = skip_json_blanks(quote + 1, w.end);
	if (behind >= w.end || *behind++ != ':')
		return (NULL);
	f->known = !escaped && behind == quote + 2 && learn_key(f, p, behind);
	f->loose |= !f->known;
	set_token(&w.s->tok[n], SCAN_STRING, (size_t)(p + 1 - w.text),
	    (size_t)(quote - w.text), n + 1);
	w.s->tok[n].escaped = escaped;
	return (behind);
}

/* Read the key at ${p} and make its token; return its end, or NULL. */
static inline __attribute__((always_inline)) const uint8_t *
take_member_key(const struct walk w, struct frame *f, const uint8_t *p,
    size_t n)
{
	struct shape_key *k = scan_shapes_find(f->next, f->last, p);
	size_t start = (size_t)(p + 1 - w.text);

	f->count++;
	if (k == f->last)
		return (take_new_key(w, f, p, n));
	f->known = true;
	f->next = k + 1;
	set_token(&w.s->tok[n], SCAN_STRING, start, start + k->len - 3, n + 1);
	return (p + k->len);
}

/* The rest, from ${p} on, of a string with escapes or long characters. */
static __attribute__((noinline)) const uint8_t *
take_hard_string(const uint8_t *p, const uint8_t *end, struct scan_token *t)
{
	bool escaped = false;

	p = scan_plain_rest(p, end, &escaped);
	t->escaped = escaped;
	return (p);
}

/* Read the string at ${p} and make its token; return its end, or NULL. */
static inline __attribute__((always_inline)) const uint8_t *
take_string_value(const struct walk w, const uint8_t *p, size_t n)
{
	struct scan_token *t = &w.s->tok[n];
	size_t start = (size_t)(++p - w.text);

	p = scan_plain_chars(p, w.end);
	set_token(t, SCAN_STRING, start, 0, n + 1);
	if ((p >= w.end || *p != '"') &&
	    (p = take_hard_string(p, w.end, t)) == NULL)
		return (NULL);
	t->end = (uint32_t)(p - w.text);
	return (p + 1);
}

/* The same for a number. */
static inline __attribute__((always_inline)) const uint8_t *
take_number_value(const struct walk w, const uint8_t *p, size_t n)
{
	const uint8_t *end = find_short_number_end(p, w.end);

	if (end != NULL)
		set_token(&w.s->tok[n], SCAN_NUMBER, (size_t)(p - w.text),
		    (size_t)(end - w.text), n + 1);
	return (end);
}

/* The same for true, false and null. */
static const uint8_t *
take_word_value(const struct walk w, const uint8_t *p, size_t n)
{
	enum scan_kind kind;
	const uint8_t *end = find_word_end(p, &kind);

	if (end != NULL)
		set_token(&w.s->tok[n], kind, (size_t)(p - w.text),
		    (size_t)(end - w.text), n + 1);
	return (end);
}

/*
 * The container of ${f} ends before ${p}; there are ${n} tokens.  Return false
 * if an object has a duplicate key, or if the check ran out of memory.
 */
static inline bool
close_frame(const struct walk w, struct frame *f, const uint8_t *p, uint32_t n)
{
	struct scan_token *t = &w.s->tok[f->token];

	t->next = n;
	t->end = (uint32_t)(p - w.text);
	t->count = f->count & 0xfffffffU;
	if (f->closer == ']')
		return (true);
	f->shape->seen++;
	if (!f->loose)
		return (true);
	scan_shapes_miss(f->shape);
	w.s->ntok = n;
	return (f->count < 2 ||
	    scan_keys_check(w.s, f->token) == SCAN_KEYS_UNIQUE);
}

/* The shape of an object in ${f}, after its last key. */
static inline struct shape *
find_shape(const struct walk w, const struct frame *f)
{

	if (f->closer != '}')
		return (f->shape);
	return (f->known ? scan_shapes_child(w.s->shapes, f->next - 1) :
	    &w.s->shapes->shape[SHAPES_NONE]);
}

/*
 * Open the container at ${p} as ${f}, inside the frame before ${f}; return the
 * byte after the bracket.
 */
static inline const uint8_t *
open_frame(const struct walk w, struct frame *f, const uint8_t *p, uint32_t n)
{
	struct shape *s = find_shape(w, f - 1);

	set_token(&w.s->tok[n], *p == '{' ? SCAN_OBJECT : SCAN_ARRAY,
	    (size_t)(p - w.text), 0, 0);
	*f = (struct frame){ .shape = s, .next = s->key, .last = s->key + s->n,
	    .token = n, .closer = *p == '{' ? '}' : ']' };
	return (p + 1);
}

static bool
walk_text(const struct walk w)
{
	/* Not cleared for every text: a frame is set when it is opened. */
	struct frame stack[MAX_OPEN + 1] __attribute__((uninitialized));
	struct frame *f = stack;
	const uint8_t *p = w.text;
	uint32_t n = 0;

	*f = (struct frame){ .shape = &w.s->shapes->shape[SHAPES_ROOT] };
	p = *p > ' ' ? p : skip_json_blanks(p, w.end);
	if (*p != '{' && *p != '[') /* every value below is inside a frame */
		return (false);
value:
	p = *p > ' ' ? p : skip_json_blanks(p, w.end);
	if (p >= w.end || (w.s->cap < n + 2 && !grow_fast_tokens(w.s)))
		return (false);
	if (f->closer == '}') {
		if ((p = take_member_key(w, f, p, n++)) == NULL)
			return (false);
		p = *p > ' ' ? p : skip_json_blanks(p, w.end);
	} else
		f->count++;
	if (*p == '"')
		p = take_string_value(w, p, n++);
	else if ((uint8_t)(*p - '0') <= 9 || *p == '-')
		p = take_number_value(w, p, n++);
	else if (*p == '{' || *p == '[') {
		if (f == stack + MAX_OPEN)
			return (false);
		p = open_frame(w, ++f, p, n++);
		p = *p > ' ' ? p : skip_json_blanks(p, w.end);
		if (*p != f->closer)
			goto value;
	} else
		p = take_word_value(w, p, n++);
	if (p == NULL)
		return (false);
	while (*p != ',') {
		p = *p > ' ' ? p : skip_json_blanks(p, w.end);
		if (*p == ',')
			break;
		if (p >= w.end || *p != f->closer ||
		    !close_frame(w, f, ++p, n))
			return (false);
		if (--f > stack)
			continue;
		w.s->ntok = n;
		return (skip_json_blanks(p, w.end) == w.end);
	}
	if (p++ < w.end)
		goto value;
	return (false);
}

bool
scan_fast(struct scan *s)
{
	const struct walk w = { .s = s, .text = s->text,
	    .end = s->text + s->len };

	if (s->shapes == NULL && (s->shapes = scan_shapes_new()) == NULL)
		return (false);
	return (walk_text(w));
}
