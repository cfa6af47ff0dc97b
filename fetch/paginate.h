/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_PAGINATE_H
#define NF_FETCH_PAGINATE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/stream/proof.h"

/*
 * From page to page: the position of a walk, the request for it, the position
 * that comes next, and how a position is written as a cursor.
 */
struct counts_past;
struct err;
struct http_response;
struct page;
struct paginate_spec;

struct paginate_pos {
	bool first;      /* the first request of the walk or window */
	bool windows;    /* there are windows: */
	bool times;      /* of times, not of days */
	int64_t window;  /* where this one starts */
	uint64_t number; /* PAGE, OFFSET */
	struct buf text; /* CURSOR, NEXT, LINK: cursor or URL; may be empty */
	bool json;       /* the cursor is JSON, not a text */
};

/* Which members of a source found something in a response so far. */
struct paginate_seen {
	bool next, more, end; /* a value was found there */
	bool said;            /* "more" or "end" ended the walk */
};

/**
 * paginate_pos_init(p) / paginate_pos_free(p):
 * Initialize ${p} to no position.
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
 * Append the URL of position ${p} to ${out}; ${base} is the URL of the source
 * with all its parameters.  Return 0 or -1.
 */
int paginate_url(const struct paginate_spec *spec,
    const struct paginate_pos *p, const char *base, struct buf *out,
    struct err *e);

/**
 * paginate_ahead(spec, p, next):
 * Set ${next} to the position after ${p} if it is known without a response.
 * Return true if it is.
 */
bool paginate_ahead(const struct paginate_spec *spec,
    const struct paginate_pos *p, struct paginate_pos *next);

/**
 * paginate_next(spec, p, url, page, r, past, next, seen, end, e):
 * Find the position after ${p}, whose response from ${url} is ${r} with
 * ${page}; ${past} has the counts up to and including it.  Set either ${next},
 * with ${end} PROOF_NONE, or ${end} to the reason why ${page} seems to be the
 * last.  Return 0, or -1: ERR_DATA (codes loop, bad_url, bad_page), ERR_TEMP
 * (code total_mismatch: the page is empty, but the API counts more records),
 * code more_pages.
 */
int paginate_next(const struct paginate_spec *spec,
    const struct paginate_pos *p, const char *url, const struct page *page,
    const struct http_response *r, const struct counts_past *past,
    struct paginate_pos *next, struct paginate_seen *seen,
    enum proof_by *end, struct err *e);

/**
 * paginate_reached(spec, page, r, p, e):
 * Set ${p} to the cursor in the response, even if it is the last one: the
 * point that a feed has reached.  Return 1, 0 if there is no cursor, or -1.
 */
int paginate_reached(const struct paginate_spec *spec,
    const struct page *page, const struct http_response *r,
    struct paginate_pos *p, struct err *e);

/**
 * paginate_left(spec, past, p):
 * Return whether anything is left at position ${p}, a number, after ${past}: 1
 * if so by the API's counts, 0 if not, -1 if the API does not count.
 */
int paginate_left(const struct paginate_spec *spec,
    const struct counts_past *past, const struct paginate_pos *p);

/**
 * paginate_last(spec, past):
 * Return the largest page number or offset by the API's counts; COUNTS_UNKNOWN
 * if it does not count.
 */
uint64_t paginate_last(const struct paginate_spec *spec,
    const struct counts_past *past);

/**
 * paginate_same(a, b):
 * Return true if ${a} and ${b} are the same position.
 */
bool paginate_same(const struct paginate_pos *a,
    const struct paginate_pos *b);

/**
 * paginate_sound(spec, p):
 * Return true if resuming from ${p} later gives the same as continuing now,
 * even if the list has changed at its other end: an opaque cursor or URL, not
 * a number.
 */
bool paginate_sound(const struct paginate_spec *spec,
    const struct paginate_pos *p);

/**
 * paginate_beyond(spec, p, status):
 * Return true if ${status} in response to ${p} means that the page before was
 * the last: 404 or 416 for a page number, offset or key that is not the first.
 */
bool paginate_beyond(const struct paginate_spec *spec,
    const struct paginate_pos *p, int status);

#endif /* !NF_FETCH_PAGINATE_H */
