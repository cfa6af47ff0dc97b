/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_COUNTS_H
#define NF_FETCH_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/stream/proof.h"
#include "signs.h"

/*
 * What a walk has received and what the API says there is: the one place where
 * both are counted and compared, and where the walk is found complete or not.
 * Ids that must not come twice are checked here, too.
 */
struct err;
struct http_response;
struct page;
struct seen;
struct source;

#define COUNTS_UNKNOWN UINT64_MAX

/* What came before a position, as a cursor keeps it. */
struct counts_past {
	uint64_t records; /* written, in all attempts of the run, */
	uint64_t pages;   /* in this many pages */
	uint64_t walked;  /* records of this window, and its pages; or */
	uint64_t walked_pages; /* COUNTS_UNKNOWN */
	/* What the API counts of the window, or COUNTS_UNKNOWN: */
	uint64_t total;       /* records, according to "total" */
	uint64_t total_pages; /* pages, by "total_pages" */
	uint64_t claimed;     /* records, if a name says so */
	uint64_t claimed_pages;
	struct proof proof; /* of the windows before; none: not known */
	bool windows;       /* there was a window before */
	bool current;       /* the cursor is not of version 0.1 */
};

struct counts {
	const struct source *source;
	struct counts_past past;
	struct signs last; /* of the answer that came last */
	char claim[SIGNS_PLACE]; /* where the claims are */
	char claim_pages[SIGNS_PLACE];
	bool claim_sure;
	bool first; /* the walk is at its very first page */
	bool empty; /* the last page had no records */
	bool said;  /* a condition of the source has ended it */
	bool grew;  /* more came than was claimed, and it was reported */
	struct seen *ids; /* NULL: ids are not named */
};

/**
 * counts_init(t, s, e) / counts_free(t):
 * Start with no counts for source ${s} (borrowed).  Return 0 or -1.
 */
int counts_init(struct counts *t, const struct source *s, struct err *e);
void counts_free(struct counts *t);

/**
 * counts_start(t) / counts_window(t):
 * The walk, or another window, begins.
 */
void counts_start(struct counts *t);
void counts_window(struct counts *t);

/**
 * counts_page(t, p, r, known, e):
 * Count page ${p} and its response ${r} before it is written; ${known} is for
 * signs_read.  Return 0, or -1: ERR_DATA with code bad_page (invalid count,
 * missing id), ERR_CONFIG with code unmatched (no count on the first page),
 * ERR_TEMP with code moving (an id came again).
 */
int counts_page(struct counts *t, const struct page *p,
    const struct http_response *r, const struct signs_known *known,
    struct err *e);

/**
 * counts_end(t, by, e):
 * A window ends, or a walk without windows, for the reason ${by}; PROOF_LIMIT:
 * it is cut short.  Add its proof to that of the walk.  Return 0, or -1 if
 * this cannot be the end: code total_mismatch if the API's count differs from
 * what came, more_pages if something else says that there is more; ERR_CONFIG
 * on the very first page if too little came, and ERR_TEMP later.
 */
int counts_end(struct counts *t, enum proof_by by, struct err *e);

#endif /* !NF_FETCH_COUNTS_H */
