/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_TALLY_H
#define NF_FETCH_TALLY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether what was written is what the API has: its own count, and ids that
 * must not come twice.
 */
struct err;
struct page;
struct seen;
struct source;

struct tally {
	const struct source *source;
	uint64_t records; /* written, in all attempts of the run */
	uint64_t walked;  /* seen in this window */
	bool limited;     /* stopped by --max-pages or --max-records */
	uint64_t total;   /* what the API says there are ... */
	bool known;       /* ... if it did */
	uint64_t claimed; /* the sum of that over the windows */
	bool fresh;       /* no page of this window was seen */
	bool blind;       /* resumed within a window: no count to compare */
	struct seen *ids; /* NULL: ids are not named */
};

/**
 * tally_init(t, s, e) / tally_free(t):
 * Nothing yet of source ${s}.  Return 0 or -1.
 */
int tally_init(struct tally *t, const struct source *s, struct err *e);
void tally_free(struct tally *t);

/**
 * tally_resume(t, records, first):
 * Earlier attempts wrote ${records}; ${first}: a window begins here.  0 and
 * true: nothing was written after all.
 */
void tally_resume(struct tally *t, uint64_t records, bool first);

/**
 * tally_window(t):
 * Another window begins.
 */
void tally_window(struct tally *t);

/**
 * tally_page(t, p, e):
 * Note page ${p}, before it is written.  Return 0, or -1: ERR_DATA with code
 * bad_page (no count, no id), ERR_TEMP with code moving (an id came again).
 */
int tally_page(struct tally *t, const struct page *p, struct err *e);

/**
 * tally_check(t, e):
 * At the end: return 0, or -1 with ERR_TEMP, code total_mismatch, if the
 * API counts other than what came.
 */
int tally_check(const struct tally *t, struct err *e);

#endif /* !NF_FETCH_TALLY_H */
