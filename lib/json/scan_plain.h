/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_SCAN_PLAIN_H
#define NF_LIB_JSON_SCAN_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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
#if defined(__SSE2__)
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i slash = _mm_set1_epi8('\\');
	const __m128i space = _mm_set1_epi8(' ');
	__m128i v, hit;
	int mask;

	while (p < end) {
		v = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* Signed: bytes from 0x80 on are also less than ' '. */
		hit = _mm_or_si128(_mm_cmplt_epi8(v, space),
		    _mm_or_si128(_mm_cmpeq_epi8(v, quote),
		    _mm_cmpeq_epi8(v, slash)));
		if ((mask = _mm_movemask_epi8(hit)) != 0) {
			p += __builtin_ctz((unsigned)mask);
			return (p < end ? p : end);
		}
		p += 16;
	}
	return (end);
#else
	while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return (p);
#endif
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
