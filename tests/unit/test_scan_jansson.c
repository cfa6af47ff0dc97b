/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner against jansson: the same texts are accepted, with the same
 * values.  Texts are made from seeds by random changes, the same every time;
 * SCAN_ROUNDS in the environment says how many.
 *
 * Intended differences, where the scanner accepts and jansson does not:
 *	numbers that do not fit a double or 64 bits (they stay text here);
 *	keys with \u0000 in them.
 */
#include "lib/scan.h"

#include <jansson.h>
#include <stdlib.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "tests/unit/check.h"

#define MAX_TEXT 512

static const char *const seeds[] = {
	"{\"NFeID\":1,\"Discount\":0.0,\"ItemList\":[{\"Value\":9.00},{}]}",
	"[1,-0,0.5,1e10,-2.5E-3,12345678901,true,false,null,\"x\"]",
	"{\"a\":{\"b\":{\"c\":[[],[[]],{}]}},\"a\\u0062\":\"\\ud83d\\ude00\"}",
	"\"caf\xc3\xa9 \\n\\t\\\\ \\\" \\/ \\u00e9 \xf0\x9f\x98\x80\"",
	" { \"k\" : [ 1 , 2 ] , \"l\" : \"\" } ",
	"{\"k\":1,\"k\":2}",
	"{\"k\":1,\"\\u006b\":2}",
	"[1.7976931348623157e308,4.9e-324,9223372036854775807]",
};

/* What changes put in: what JSON is made of, and what it must not have. */
static const char *const pieces[] = { "{", "}", "[", "]", ",", ":", "\"",
	"\\", "\\u", "\\ud800", "\\udc00", "\\u0041", "\\u0000", "0", "-", ".",
	"e", "+", "1", "true", "nul", " ", "\t", "\n", "\x01", "\x7f", "\x80",
	"\xc3", "\xc3\xa9", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80", "\xff",
	"{\"a\":", "[[", "\"a\":1,", "1e", "00", "/", "'" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t state = 88172645463325252ULL;

static size_t
below(size_t n)
{

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return ((size_t)(state % n));
}

/* One change at a random place: put in, take out, repeat. */
static void
change(char *t, size_t *n)
{
	const char *p = pieces[below(COUNT(pieces))];
	size_t len = strlen(p), at = below(*n + 1), from;

	switch (below(3)) {
	case 0:
		if (*n + len < MAX_TEXT) {
			memmove(t + at + len, t + at, *n - at);
			memcpy(t + at, p, len);
			*n += len;
		}
		break;
	case 1:
		len = below(4);
		if (at + len <= *n) {
			memmove(t + at, t + at + len, *n - at - len);
			*n -= len;
		}
		break;
	default:
		from = below(*n + 1);
		len = below(12);
		if (from + len <= *n && *n + len < MAX_TEXT) {
			memmove(t + at + len, t + at, *n - at);
			memmove(t + at, t + from, len);
			*n += len;
		}
	}
}

static bool
same_string(const struct scan *s, uint32_t t, const char *p, size_t n)
{

	return (scan_equals(s, t, p, n));
}

static bool
same_number(const struct scan *s, uint32_t t, const json_t *j)
{
	char text[MAX_TEXT + 1];
	size_t n = scan_len(s, t);

	memcpy(text, scan_ptr(s, t), n);
	text[n] = '\0';
	if (json_is_integer(j))
		return (strtoll(text, NULL, 10) == json_integer_value(j));
	return (strtod(text, NULL) == json_real_value(j));
}

static bool same(const struct scan *s, uint32_t t, json_t *j);

static bool
same_object(const struct scan *s, uint32_t t, json_t *j)
{
	uint32_t i;
	json_t *v;
	struct buf key;
	bool ok = json_is_object(j) &&
	    s->tok[t].count == json_object_size(j);

	buf_init(&key, MAX_TEXT);
	for (i = t + 1; ok && i < s->tok[t].next; i = s->tok[i + 1].next) {
		buf_reset(&key);
		ok = scan_string(s, i, &key) == 0 &&
		    (v = json_object_get(j, buf_cstr(&key))) != NULL &&
		    same(s, i + 1, v);
	}
	buf_free(&key);
	return (ok);
}

/* Token ${t} is the value ${j}. */
static bool
same(const struct scan *s, uint32_t t, json_t *j)
{
	size_t n = 0;
	uint32_t i;

	switch ((enum scan_kind)s->tok[t].kind) {
	case SCAN_NULL:
		return (json_is_null(j));
	case SCAN_FALSE:
		return (json_is_false(j));
	case SCAN_TRUE:
		return (json_is_true(j));
	case SCAN_NUMBER:
		return (json_is_number(j) && same_number(s, t, j));
	case SCAN_STRING:
		return (json_is_string(j) && same_string(s, t,
		    json_string_value(j), json_string_length(j)));
	case SCAN_ARRAY:
		for (i = t + 1; i < s->tok[t].next; i = s->tok[i].next)
			if (!same(s, i, json_array_get(j, n++)))
				return (false);
		return (json_is_array(j) && n == json_array_size(j) &&
		    n == s->tok[t].count);
	default:
		return (same_object(s, t, j));
	}
}

/* Does jansson refuse what the scanner means to accept? */
static bool
intended(const json_error_t *why)
{

	return (json_error_code(why) == json_error_numeric_overflow ||
	    json_error_code(why) == json_error_null_byte_in_key);
}

static void
compare(struct scan *s, const char *text, size_t n, unsigned long *accepted)
{
	char padded[MAX_TEXT + SCAN_PAD] = { 0 };
	struct err e = { 0 };
	json_error_t why;
	json_t *j;
	bool ok;

	memcpy(padded, text, n);
	ok = scan_text(s, padded, n, &e) == 0;
	j = json_loadb(text, n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES |
	    JSON_ALLOW_NUL, &why);
	if (ok != (j != NULL) && !(ok && intended(&why))) {
		fprintf(stderr, "%.*s\nscan: %s\njansson: %s\n", (int)n, text,
		    ok ? "accepted" : e.msg, j != NULL ? "accepted" : why.text);
		CHECK(!"one accepts, the other does not");
	}
	if (ok && j != NULL) {
		(*accepted)++;
		if (!same(s, 0, j)) {
			fprintf(stderr, "%.*s\n", (int)n, text);
			CHECK(!"other values");
		}
	}
	json_decref(j);
}

int
main(void)
{
	const char *env = getenv("SCAN_ROUNDS");
	unsigned long rounds = env != NULL ? strtoul(env, NULL, 10) : 60000;
	unsigned long i, accepted = 0;
	struct scan s;
	char text[MAX_TEXT];
	size_t n, changes;

	scan_init(&s);
	for (i = 0; i < rounds; i++) {
		n = strlen(seeds[i % COUNT(seeds)]);
		memcpy(text, seeds[i % COUNT(seeds)], n);
		for (changes = below(5); changes > 0; changes--)
			change(text, &n);
		compare(&s, text, n, &accepted);
	}
	/* Both kinds must come often, or this shows nothing. */
	CHECK(accepted > rounds / 10);
	CHECK(accepted < rounds / 10 * 9);
	scan_free(&s);
	return (check_done());
}
