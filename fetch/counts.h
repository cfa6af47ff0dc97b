/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_COUNTS_H
#define NF_FETCH_COUNTS_H

#include "paginate.h"

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
	struct paginate_past past;
	struct seen *ids; /* NULL: ids are not named */
};

/**
 * tally_init(t, s, e) / tally_free(t):
 * Nothing yet of source ${s}.  Return 0 or -1.
 */
int tally_init(struct tally *t, const struct source *s, struct err *e);
void tally_free(struct tally *t);

/**
 * tally_start(t) / tally_window(t):
 * The walk, or another window, begins.
 */
void tally_start(struct tally *t);
void tally_window(struct tally *t);

/**
 * tally_page(t, p, e):
 * Note page ${p}, before it is written.  Return 0, or -1: ERR_DATA with code
 * bad_page (no count, no id), ERR_TEMP with code moving (an id came again).
 */
int tally_page(struct tally *t, const struct page *p, struct err *e);

/**
 * tally_check(t, e):
 * At the end of a window, or of a walk without: return 0, or -1 with
 * ERR_TEMP, code total_mismatch, if the API counts other than what came.
 */
int tally_check(const struct tally *t, struct err *e);

#endif /* !NF_FETCH_COUNTS_H */
