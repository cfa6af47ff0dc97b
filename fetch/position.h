/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_POSITION_H
#define NF_FETCH_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Tells a position from a key.  Where the text of a next page, percent- or
 * base64-decoded if that gives text, holds a number that grows with the
 * records or the pages, it means the place in the list: after a deletion
 * another record is there, and to go on from it later would lose one.
 */
#define POSITION_NUMBERS 16 /* of a text that are looked at */

struct position {
	uint64_t was[POSITION_NUMBERS]; /* in the text before */
	uint64_t step[POSITION_NUMBERS];
	unsigned n;     /* how many those are */
	uint32_t alive; /* one bit each: it has followed so far */
};

/* What came up to a text. */
struct position_past {
	uint64_t walked, pages;
	uint64_t records; /* of the last page */
	uint64_t size;    /* asked for; 0: none */
};

/**
 * position_start(p, text, len):
 * Nothing was seen yet but what leads to the first page, ${text}.
 */
void position_start(struct position *p, const void *text, size_t len);

/**
 * position_step(p, text, len, past):
 * The next page is ${text}, a cursor or a URL.  Return true if a number in it
 * follows, as one has done on every page so far.
 */
bool position_step(struct position *p, const void *text, size_t len,
    const struct position_past *past);

/**
 * position_holds(text, len, past):
 * Return true if a number in ${text} is just what has come.
 */
bool position_holds(const void *text, size_t len,
    const struct position_past *past);

#endif /* !NF_FETCH_POSITION_H */
