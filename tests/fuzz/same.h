/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TESTS_FUZZ_SAME_H
#define NF_TESTS_FUZZ_SAME_H

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/scan.h"

/*
 * The scanner against jansson: the same texts are accepted, with the same
 * values.  Intended differences:
 *	the scanner accepts numbers that do not fit a double or 64 bits (they
 *	stay text here), and keys with \u0000 in them;
 *	jansson passes over a NUL byte behind a number.
 */
enum same_verdict { SAME_REFUSED, SAME_ACCEPTED, SAME_VERDICT_DIFFERS,
	SAME_VALUE_DIFFERS };

static inline bool
same_number(const struct scan *s, uint32_t t, const json_t *j)
{
	char *text = strndup((const char *)scan_ptr(s, t), scan_len(s, t));
	bool ok;

	if (text == NULL)
		return (false);
	if (json_is_integer(j))
		ok = strtoll(text, NULL, 10) == json_integer_value(j);
	else
		ok = strtod(text, NULL) == json_real_value(j);
	free(text);
	return (ok);
}

static inline bool same_value(const struct scan *s, uint32_t t,
    const json_t *j);

static inline bool
same_object(const struct scan *s, uint32_t t, const json_t *j)
{
	uint32_t i;
	json_t *v;
	struct buf key;
	bool ok = json_is_object(j) &&
	    s->tok[t].count == json_object_size(j);

	buf_init(&key, SCAN_MAX_LEN);
	for (i = t + 1; ok && i < s->tok[t].next; i = s->tok[i + 1].next) {
		buf_reset(&key);
		ok = scan_string(s, i, &key) == 0 &&
		    (v = json_object_get(j, buf_cstr(&key))) != NULL &&
		    same_value(s, i + 1, v);
	}
	buf_free(&key);
	return (ok);
}

/* Is token ${t} the value ${j}? */
static inline bool
same_value(const struct scan *s, uint32_t t, const json_t *j)
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
		return (json_is_string(j) && scan_equals(s, t,
		    json_string_value(j), json_string_length(j)));
	case SCAN_ARRAY:
		for (i = t + 1; i < s->tok[t].next; i = s->tok[i].next)
			if (!same_value(s, i, json_array_get(j, n++)))
				return (false);
		return (json_is_array(j) && n == json_array_size(j) &&
		    n == s->tok[t].count);
	default:
		return (same_object(s, t, j));
	}
}

/* Does jansson refuse what the scanner means to accept? */
static inline bool
same_intended(const json_error_t *why)
{

	return (json_error_code(why) == json_error_numeric_overflow ||
	    json_error_code(why) == json_error_null_byte_in_key);
}

/**
 * same_text(s, text, n, e, why):
 * Give the ${n} bytes at ${text}, with SCAN_PAD behind them, to both.
 */
static inline enum same_verdict
same_text(struct scan *s, const void *text, size_t n, struct err *e,
    json_error_t *why)
{
	bool ok = scan_text(s, text, n, e) == 0;
	json_t *j = json_loadb(text, n, JSON_DECODE_ANY |
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, why);
	enum same_verdict verdict = SAME_ACCEPTED;

	if (ok != (j != NULL))
		verdict = (ok ? same_intended(why) :
		    memchr(text, '\0', n) != NULL) ? SAME_REFUSED
						   : SAME_VERDICT_DIFFERS;
	else if (!ok)
		verdict = SAME_REFUSED;
	else if (!same_value(s, 0, j))
		verdict = SAME_VALUE_DIFFERS;
	json_decref(j);
	return (verdict);
}

#endif /* !NF_TESTS_FUZZ_SAME_H */
