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
 * scan_plain_chars(p, end):
 * The same, but pass over characters of two bytes too, which in most languages
 * of Europe are all that is not ASCII.  ${p} must be at the beginning of a
 * character.  What is not before ${end} is no result, but may be up to 15 bytes
 * after it: the caller compares the two before it uses the byte, and the
 * address of the next one does not wait for that.
 */
static inline const uint8_t *
scan_plain_chars(const uint8_t *p, const uint8_t *end)
{
	vector_u8 v;
	unsigned ends, stop, lead, tail, due, carry = 0;

	for (; p < end; p += VECTOR_BYTES, carry = lead >> 15) {
		v = vector_load(p);
		ends = vector_mask(v == '"');
		stop = vector_mask((v <= 0x1f) | (v == '\\'));
		lead = vector_mask(v - 0xc2 <= 0xdf - 0xc2);
		/* Signed: from 0x80 to 0xbf. */
		tail = vector_mask((vector_s8)v < (int8_t)0xc0);
		due = lead << 1 | carry;
		stop |= ((lead | tail) ^ vector_mask((vector_s8)v < 0)) |
		    ((tail ^ due) & 0xffff);
		if ((stop | ends) == 0)
			continue;
		/* What comes after the quote does not count. */
		if (ends != 0 && stop << (31 - __builtin_ctz(ends)) == 0)
			return (p + __builtin_ctz(ends));
		p += __builtin_ctz(stop);
		return (p - (due >> __builtin_ctz(stop) & 1));
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

	p = scan_plain_chars(p, end);
	return (p < end && *p == '"' ? p : scan_plain_rest(p, end, escaped));
}

#endif /* !NF_LIB_JSON_SCAN_PLAIN_H */
