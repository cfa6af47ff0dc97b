/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_PAGINATE_H
#define NF_FETCH_PAGINATE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

/*
 * From page to page: where a walk stands (a position), which request that
 * is, which position comes next, and how one is written down as a cursor.
 */
struct err;
struct http_response;
struct page;
struct paginate_spec;

struct paginate_pos {
	bool first;      /* the first request of the walk or window */
	bool windows;    /* there are windows: */
	int64_t window;  /* the first day of this one */
	uint64_t number; /* PAGE, OFFSET */
	struct buf text; /* CURSOR, NEXT, LINK: cursor or URL; may be empty */
};

/*
 * What came before a position, as a cursor keeps it, and what the API counts
 * of the same.  Either may be PAGINATE_UNKNOWN.
 */
#define PAGINATE_UNKNOWN UINT64_MAX

struct paginate_past {
	uint64_t records; /* written, in all attempts of the run, */
	uint64_t pages;   /* in so many pages */
	uint64_t walked;  /* records of this window */
	uint64_t total;   /* how many it has, by --total */
	uint64_t total_pages;   /* ... by total_pages */
	uint64_t total_records; /* ... and by total_records */
};

/**
 * paginate_pos_init(p) / paginate_pos_free(p):
 * A position that is nowhere yet.
 */
void paginate_pos_init(struct paginate_pos *p);
void paginate_pos_free(struct paginate_pos *p);

/**
 * paginate_first(spec, p):
 * Set ${p} to the start.
 */
void paginate_first(const struct paginate_spec *spec, struct paginate_pos *p);

/**
 * paginate_copy(to, from, e):
 * Make ${to} equal to ${from}.  Return 0 or -1.
 */
int paginate_copy(struct paginate_pos *to, const struct paginate_pos *from,
    struct err *e);

/**
 * paginate_url(spec, p, base, out, e):
 * Append the URL of position ${p} to ${out}, ${base} being that of the
 * source with all its parameters.  Return 0 or -1.
 */
int paginate_url(const struct paginate_spec *spec,
    const struct paginate_pos *p, const char *base, struct buf *out,
    struct err *e);

/**
 * paginate_ahead(spec, p, next):
 * Set ${next} to the position after ${p} if it is known without an answer.
 * Return true if it is.
 */
bool paginate_ahead(const struct paginate_spec *spec,
    const struct paginate_pos *p, struct paginate_pos *next);

/**
 * paginate_next(spec, p, url, page, r, past, next, e):
 * Find the position after ${p}, whose answer from ${url} is ${r} with
 * ${page}; ${past} has come up to and with it, and takes what ${page}
 * counts.  Return 1 and set ${next}; 0 if ${page} is the last; -1: ERR_DATA
 * (codes loop, bad_url, bad_page), ERR_CONFIG (code more_pages), ERR_TEMP
 * (code total_mismatch: an empty page, though more records are counted).
 */
int paginate_next(const struct paginate_spec *spec,
    const struct paginate_pos *p, const char *url, const struct page *page,
    const struct http_response *r, struct paginate_past *past,
    struct paginate_pos *next, struct err *e);

/**
 * paginate_told(page, n, count):
 * ${page} counts ${n}: make that ${count}.  0 on a page without records may
 * be the count of just those, and is not believed over another.
 */
void paginate_told(const struct page *page, uint64_t n, uint64_t *count);

/**
 * paginate_left(spec, past, p):
 * Is there something at position ${p}, a number, before which ${past} came?
 * Return 1 if the API counts so, 0 if not, -1 if it does not count.
 */
int paginate_left(const struct paginate_spec *spec,
    const struct paginate_past *past, const struct paginate_pos *p);

/**
 * paginate_last(spec, past):
 * Return the largest page number or offset that there seems to be by what the
 * API counts; PAGINATE_UNKNOWN if it does not.
 */
uint64_t paginate_last(const struct paginate_spec *spec,
    const struct paginate_past *past);

/**
 * paginate_same(a, b):
 * Return true if ${a} and ${b} are the same position.
 */
bool paginate_same(const struct paginate_pos *a,
    const struct paginate_pos *b);

/**
 * paginate_sound(spec, p):
 * Return true if going on from ${p} later gives what going on now does, even
 * if the list has changed at its other end: an opaque cursor or URL, not a
 * number.
 */
bool paginate_sound(const struct paginate_spec *spec,
    const struct paginate_pos *p);

/**
 * paginate_beyond(spec, p, status):
 * Return true if ${status} in answer to ${p} means that the page before was
 * the last: 404 to a page number or offset that is not the first.
 */
bool paginate_beyond(const struct paginate_spec *spec,
    const struct paginate_pos *p, int status);

#endif /* !NF_FETCH_PAGINATE_H */
