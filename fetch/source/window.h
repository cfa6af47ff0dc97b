/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_WINDOW_H
#define NF_FETCH_SOURCE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Time windows, for APIs that answer only for a range of dates: the days from
 * one to another, both included, in steps of days or months; or the time from
 * one instant to another in steps of minutes or hours, which are elapsed time,
 * whatever the clocks do.  A window is represented by its start: a day,
 * counted from 1970-01-01, or an instant, in seconds since then.
 */
struct err;
struct zone;

#define WINDOW_TEXT 64 /* bytes of a date as text, with its NUL */

enum window_unit { WINDOW_DAYS, WINDOW_MONTHS, WINDOW_TIMES };

struct window_spec {
	enum window_unit unit;
	int64_t from, to; /* first and last day; TIMES: start, and end */
	uint64_t step;    /* days, months, seconds; 0: there are no windows */
	const char *format; /* of the variables; NULL: as in ISO 8601 */
	struct zone *zone;  /* whose clocks; NULL: UTC */
};

/* The variables of a window. */
enum window_edge {
	WINDOW_FROM,  /* its start */
	WINDOW_TO,    /* the last one in the format before its end */
	WINDOW_UNTIL  /* its end, which is the start of the next */
};

/**
 * window_step(text, step, unit):
 * Read "15m", "6h", "7d", "2w", "1mo", or "all" for a single window.  Return 0
 * or -1.
 */
int window_step(const char *text, uint64_t *step, enum window_unit *unit);

/**
 * window_range(w, from, to):
 * Set the first and last of ${w}, whose step and zone are known: days, or, for
 * steps of minutes and hours and for "all", also times.  A day as ${to} is
 * included completely, a time is the end.  Return 0, 1 if ${from} is invalid,
 * 2 if ${to} is, 3 if it is before ${from}.
 */
int window_range(struct window_spec *w, const char *from, const char *to);

/**
 * window_fits(w):
 * Return whether the format of ${w} is known, is short, and gives each window
 * a different text.
 */
bool window_fits(const struct window_spec *w);

/**
 * window_next(w, at):
 * Return the start of the window after the one that starts at ${at}.
 */
int64_t window_next(const struct window_spec *w, int64_t at);

/**
 * window_over(w, at):
 * Return whether ${at}, the start of a window, is after all windows.
 */
bool window_over(const struct window_spec *w, int64_t at);

/**
 * window_instant(w, at):
 * Return the time of ${at}, the start of a window, in seconds since 1970.
 */
int64_t window_instant(const struct window_spec *w, int64_t at);

/**
 * window_text(w, at, edge, out):
 * Write ${edge} of the window that starts at ${at}.  Return 0, or -1 if it
 * does not fit.
 */
int window_text(const struct window_spec *w, int64_t at,
    enum window_edge edge, char out[WINDOW_TEXT]);

/**
 * window_mark(times, at, out), window_mark_read(times, text, at):
 * Write or read ${at} in the form used in cursors: "2026-01-31"; for instants
 * (${times}) "2026-01-31T14:00:00Z".  Return 0 or -1.
 */
int window_mark(bool times, int64_t at, char out[WINDOW_TEXT]);
int window_mark_read(bool times, const char *text, int64_t *at);

#endif /* !NF_FETCH_SOURCE_WINDOW_H */
