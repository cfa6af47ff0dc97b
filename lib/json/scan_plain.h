/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_SCAN_PLAIN_H
#define NF_LIB_JSON_SCAN_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/vector.h"

/*
 * The inside of JSON strings, many bytes at a time.
 */

/**
 * scan_plain_skip(p, end):
 * Return the first byte of a string from ${p} on that needs attention: a quote,
 * backslash, control character or part of a longer sequence of UTF-8.  May read
 * SCAN_PAD bytes after ${end}, but never returns a pointer after ${end}.
 */
static inline const uint8_t *
scan_plain_skip(const uint8_t *p, const uint8_t *end)
{
	vector_s8 v;
	unsigned mask;

	while (p < end) {
		v = (vector_s8)vector_load(p);
		/* Signed: bytes from 0x80 on are also less than ' '. */
		mask = vector_mask((v < ' ') | (v == '"') | (v == '\\'));
		if (mask != 0) {
			p += __builtin_ctz(mask);
			return (p < end ? p : end);
		}
		p += VECTOR_BYTES;
	}
	return (end);
}

/**
 * scan_plain_rest(p, end, escaped):
 * Return the quote that ends the string that continues at ${p}, or NULL if
 * the string is invalid or has no end; set ${*escaped} if it has a backslash.
 */
const uint8_t *scan_plain_rest(const uint8_t *p, const uint8_t *end,
    bool *escaped);

/**
 * scan_plain_quote(p, end, escaped):
 * The same, but fast for short and plain strings.
 */
static inline const uint8_t *
scan_plain_quote(const uint8_t *p, const uint8_t *end, bool *escaped)
{

	p = scan_plain_skip(p, end);
	return (p < end && *p == '"' ? p : scan_plain_rest(p, end, escaped));
}

#endif /* !NF_LIB_JSON_SCAN_PLAIN_H */
