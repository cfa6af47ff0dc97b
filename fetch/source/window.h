/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_WINDOW_H
#define NF_FETCH_SOURCE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Date windows: the days from one to another, both included, in steps of
 * days or months, for APIs that answer for a range of dates only.  A day is
 * counted from 1970-01-01 (proleptic Gregorian calendar).
 */
struct err;

#define WINDOW_TEXT 64 /* bytes of a date as text, with its NUL */

enum window_unit { WINDOW_DAYS, WINDOW_MONTHS };

struct window_spec {
	int64_t from, to; /* first and last day */
	uint64_t step;    /* 0: there are no windows */
	enum window_unit unit;
	const char *format; /* of the variables: %Y %m %d %% and text */
};

/**
 * window_step(text, step, unit):
 * Read "7d", "2w" or "1mo".  Return 0 or -1.
 */
int window_step(const char *text, uint64_t *step, enum window_unit *unit);

/**
 * window_next(w, day):
 * Return the first day of the window after the one that begins on ${day}.
 */
int64_t window_next(const struct window_spec *w, int64_t day);

/**
 * window_last(w, day):
 * Return the last day of the window that begins on ${day}.
 */
int64_t window_last(const struct window_spec *w, int64_t day);

/**
 * window_text(format, day, out):
 * Write ${day} by ${format} (NULL: "%Y-%m-%d").  Return 0, or -1 if the
 * format has another conversion or the text is too long.
 */
int window_text(const char *format, int64_t day, char out[WINDOW_TEXT]);

#endif /* !NF_FETCH_SOURCE_WINDOW_H */
