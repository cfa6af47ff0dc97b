/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_SCAN_TEXT_H
#define NF_LIB_JSON_SCAN_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The text of a string that was scanned, byte by byte, escapes resolved.
 * Takes no memory, so that what compares texts cannot fail.
 */
struct scan;

struct scantext {
	const uint8_t *p;  /* what is left of it, as written */
	const uint8_t *end;
	uint8_t held[4];   /* what the last escape stands for */
	uint8_t at, n;     /* the next of them, how many they are */
};

/**
 * scantext_begin(x, s, t):
 * Stand at the first byte of string ${t} of ${s}, whose text is borrowed.
 */
void scantext_begin(struct scantext *x, const struct scan *s, uint32_t t);

/**
 * scantext_next(x):
 * Return the next byte, 0 to 255, or -1 behind the last.
 */
int scantext_next(struct scantext *x);

/**
 * scantext_same(s, a, b):
 * Return true if the strings ${a} and ${b} of ${s} are the same text.
 */
bool scantext_same(const struct scan *s, uint32_t a, uint32_t b);

#endif /* !NF_LIB_JSON_SCAN_TEXT_H */
