/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_SCAN_H
#define NF_LIB_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/key_hash.h"

/*
 * The strict JSON scanner (RFC 8259).  One pass over a text validates it:
 * grammar, UTF-8 (RFC 3629), escapes and surrogate pairs, nesting depth,
 * duplicate keys.  The result is a flat list of tokens, slices of the text in
 * document order; there is no tree and no copy, and a number stays text.
 *
 * Each value is a token.  After the token of an object come its members, each
 * a key (a string) and then the value; after the token of an array come its
 * items.  ${next} skips a value and everything inside it:
 *
 *	for (i = t + 1; i < s->tok[t].next; i = s->tok[i + 1].next)
 *		key s->tok[i], value s->tok[i + 1]        (t is an object)
 *	for (i = t + 1; i < s->tok[t].next; i = s->tok[i].next)
 *		item s->tok[i]                            (t is an array)
 */
struct buf;
struct err;
struct scan_shapes;

/* A text must be followed by this many readable bytes (see BUF_PAD). */
#define SCAN_PAD 64
#define SCAN_MAX_DEPTH 2048
/* A text may have at most this many bytes (1 GiB minus one). */
#define SCAN_MAX_LEN 0x3fffffffU
#define SCAN_NOT_FOUND UINT32_MAX

enum scan_kind {
	SCAN_NULL,
	SCAN_FALSE,
	SCAN_TRUE,
	SCAN_NUMBER,
	SCAN_STRING,
	SCAN_ARRAY,
	SCAN_OBJECT
};

struct scan_token {
	uint32_t start; /* offset of the first byte; string: after the quote */
	uint32_t end;   /* offset after the last; string: of the end quote */
	uint32_t next;  /* index of the token after this value */
	uint32_t kind : 3;
	uint32_t escaped : 1; /* string or key with a backslash in it */
	uint32_t count : 28;  /* items of an array, members of an object */
};

struct scan {
	const uint8_t *text; /* the text of the last scan, borrowed */
	size_t len;
	struct scan_token *tok; /* tok[0] is the whole value */
	uint32_t ntok;
	uint32_t cap;
	bool ended; /* the last scan failed because its text ended too early */
	struct key_hash hash; /* of keys */
	uint64_t *seen; /* work space of the duplicate-key check */
	size_t seen_cap;
	struct scan_shapes *shapes; /* the shapes of objects seen so far */
};

/**
 * scan_init(s) / scan_free(s):
 * Initialize ${s}; free what it holds.  A struct scan can scan many texts, one
 * after another; its memory grows to the need of the largest.
 */
void scan_init(struct scan *s);
void scan_free(struct scan *s);

/**
 * scan_text(s, text, len, e):
 * Scan the ${len} bytes at ${text}, one JSON value with optional white space
 * around it; SCAN_PAD bytes after them must be readable.  ${text} stays the
 * caller's and must stay valid as long as the tokens are used.  Return 0, or
 * -1 with ERR_DATA, a code (bad_json, bad_utf8, bad_escape, too_deep, dup_key,
 * too_long) and a message that ends in "at byte N" (from 1); ERR_IO if there
 * is no memory.  Messages never quote the text.  ${s}->ended is set if the text
 * may be the beginning of a valid one.
 */
int scan_text(struct scan *s, const void *text, size_t len, struct err *e);

/**
 * scan_text_judged(s, text, len, e):
 * The same without the fast path: the slow scan that scan_text falls back to
 * if the fast path does not accept a text.  For tests.
 */
int scan_text_judged(struct scan *s, const void *text, size_t len,
    struct err *e);

/**
 * scan_ptr(s, t) / scan_len(s, t):
 * Return the bytes of token ${t} and their number.  A string is without its
 * quotes, with escapes as written; a container is with its brackets.
 */
static inline const uint8_t *
scan_ptr(const struct scan *s, uint32_t t)
{

	return (s->text + s->tok[t].start);
}

static inline size_t
scan_len(const struct scan *s, uint32_t t)
{

	return ((size_t)(s->tok[t].end - s->tok[t].start));
}

/**
 * scan_raw(s, t, len):
 * Return the full text of value ${t}, including the quotes of a string, and
 * store its length in ${len}.
 */
const uint8_t *scan_raw(const struct scan *s, uint32_t t, size_t *len);

/**
 * scan_string(s, t, out):
 * Append the text of string ${t} to ${out} as UTF-8, with escapes resolved
 * (it may contain NUL).  Return 0, or -1 if ${out} failed.
 */
int scan_string(const struct scan *s, uint32_t t, struct buf *out);

/**
 * scan_equals(s, t, text, len) / scan_equals_escaped(s, t, text, len):
 * Return true if string ${t}, with escapes resolved, equals the ${len} bytes at
 * ${text}; scan_equals_escaped is for a string that has escapes.
 */
bool scan_equals_escaped(const struct scan *s, uint32_t t, const void *text,
    size_t len);

static inline bool
scan_equals(const struct scan *s, uint32_t t, const void *text, size_t len)
{

	if (s->tok[t].escaped)
		return (scan_equals_escaped(s, t, text, len));
	return (scan_len(s, t) == len &&
	    (len == 0 || __builtin_memcmp(scan_ptr(s, t), text, len) == 0));
}

/**
 * scan_member(s, t, key, len):
 * Return the value of member ${key} (${len} bytes of UTF-8) of object ${t};
 * SCAN_NOT_FOUND if absent or ${t} is not an object.
 */
uint32_t scan_member(const struct scan *s, uint32_t t, const void *key,
    size_t len);

/**
 * scan_kind_name(kind):
 * Return "null", "boolean", "number", "string", "array" or "object".
 */
const char *scan_kind_name(enum scan_kind kind);

#endif /* !NF_LIB_JSON_SCAN_H */
