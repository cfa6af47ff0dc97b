/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_PAGINATE_H
#define NF_FETCH_PAGINATE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/stream/proof.h"

/*
 * From page to page: where a walk stands (a position), which request that
 * is, which position comes next, and how one is written down as a cursor.
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

/* What of a source was found in an answer so far. */
struct paginate_seen {
	bool next, more, end; /* there was something where it points to */
	bool said;            /* "more" or "end" has ended it */
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
 * paginate_next(spec, p, url, page, r, past, next, seen, end, e):
 * Find the position after ${p}, whose answer from ${url} is ${r} with
 * ${page}; ${past} has come up to and with it.  Set ${end} to PROOF_NONE and
 * ${next}, or ${end} to why ${page} seems to be the last.  Return 0, or -1:
 * ERR_DATA (codes loop, bad_url, bad_page), ERR_TEMP (code total_mismatch: an
 * empty page, though more records are counted), code more_pages.
 */
int paginate_next(const struct paginate_spec *spec,
    const struct paginate_pos *p, const char *url, const struct page *page,
    const struct http_response *r, const struct counts_past *past,
    struct paginate_pos *next, struct paginate_seen *seen,
    enum proof_by *end, struct err *e);

/**
 * paginate_reached(spec, page, r, p, e):
 * Set ${p} to the cursor that an answer names, also if it is the last one:
 * where a feed has come to.  Return 1, 0 if it names no cursor, or -1.
 */
int paginate_reached(const struct paginate_spec *spec,
    const struct page *page, const struct http_response *r,
    struct paginate_pos *p, struct err *e);

/**
 * paginate_left(spec, past, p):
 * Is there something at position ${p}, a number, before which ${past} came?
 * Return 1 if the API counts so, 0 if not, -1 if it does not count.
 */
int paginate_left(const struct paginate_spec *spec,
    const struct counts_past *past, const struct paginate_pos *p);

/**
 * paginate_last(spec, past):
 * Return the largest page number or offset that there seems to be by what the
 * API counts; COUNTS_UNKNOWN if it does not.
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
 * Return true if going on from ${p} later gives what going on now does, even
 * if the list has changed at its other end: an opaque cursor or URL, not a
 * number.
 */
bool paginate_sound(const struct paginate_spec *spec,
    const struct paginate_pos *p);

/**
 * paginate_beyond(spec, p, status):
 * Return true if ${status} in answer to ${p} means that the page before was
 * the last: 404 or 416 to a page number, offset or key that is not the first.
 */
bool paginate_beyond(const struct paginate_spec *spec,
    const struct paginate_pos *p, int status);

#endif /* !NF_FETCH_PAGINATE_H */
