/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner against jansson: the same texts are accepted, with the same
 * values.  Texts are made from seeds by random changes, the same every time;
 * SCAN_ROUNDS in the environment says how many.  tests/fuzz/same.h has the
 * comparison, which the fuzzer uses too, and the intended differences.
 */
#include "lib/json/scan.h"

#include <stdlib.h>

#include "tests/fuzz/same.h"
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

static void
compare(struct scan *s, const char *text, size_t n, unsigned long *accepted)
{
	char padded[MAX_TEXT + SCAN_PAD] = { 0 };
	struct err e = { 0 };
	json_error_t why;
	enum same_verdict v;

	memcpy(padded, text, n);
	v = same_text(s, padded, n, &e, &why);
	if (!CHECK(v != SAME_VERDICT_DIFFERS) || !CHECK(v != SAME_VALUE_DIFFERS))
		fprintf(stderr, "%.*s\nscan: %s\njansson: %s\n", (int)n, text,
		    e.msg, why.text);
	*accepted += v == SAME_ACCEPTED;
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
