/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_POSITION_H
#define NF_FETCH_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Tells a position from a key.  If the text for the next page, percent- or
 * base64-decoded if that gives text, contains a number that grows with the
 * records or the pages, it is a place in the list: after a deletion, another
 * record is there, and resuming from it later would lose one.
 */
#define POSITION_NUMBERS 16 /* examined in a text */

struct position {
	uint64_t was[POSITION_NUMBERS]; /* in the text before */
	uint64_t step[POSITION_NUMBERS];
	unsigned n;     /* the number of these */
	uint32_t alive; /* one bit each: it has matched so far */
};

/* The counts up to a text. */
struct position_past {
	uint64_t walked, pages;
	uint64_t records; /* of the last page */
	uint64_t size;    /* asked for; 0: none */
};

/**
 * position_start(p, text, len):
 * Start with ${text}, which leads to the first page.
 */
void position_start(struct position *p, const void *text, size_t len);

/**
 * position_step(p, text, len, past):
 * The next page is ${text}, a cursor or a URL.  Return true if one number in
 * it has followed the counts on every page so far, including this one.
 */
bool position_step(struct position *p, const void *text, size_t len,
    const struct position_past *past);

/**
 * position_holds(text, len, past):
 * Return true if a number in ${text} equals one of the counts, or nearly.
 */
bool position_holds(const void *text, size_t len,
    const struct position_past *past);

#endif /* !NF_FETCH_POSITION_H */
