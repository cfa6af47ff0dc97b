/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_SCAN_TEXT_H
#define NF_LIB_JSON_SCAN_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The text of a scanned string, byte by byte, with escapes resolved.  It
 * allocates no memory, so a comparison of texts cannot fail.
 */
struct scan;

struct scan_text {
	const uint8_t *p;  /* the rest of it, as written */
	const uint8_t *end;
	uint8_t held[4];   /* the bytes of the last escape */
	uint8_t at, n;     /* the next of them; their number */
};

/**
 * scan_text_begin(x, s, t):
 * Start at the first byte of string ${t} of ${s}, whose text is borrowed.
 */
void scan_text_begin(struct scan_text *x, const struct scan *s, uint32_t t);

/**
 * scan_text_next(x):
 * Return the next byte, 0 to 255, or -1 after the last.
 */
int scan_text_next(struct scan_text *x);

/**
 * scan_text_same(s, a, b):
 * Return true if the strings ${a} and ${b} of ${s} are the same text.
 */
bool scan_text_same(const struct scan *s, uint32_t a, uint32_t b);

#endif /* !NF_LIB_JSON_SCAN_TEXT_H */
