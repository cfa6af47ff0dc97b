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

struct counts {
	const struct source *source;
	struct paginate_past past;
	struct seen *ids; /* NULL: ids are not named */
};

/**
 * counts_init(t, s, e) / counts_free(t):
 * Nothing yet of source ${s}.  Return 0 or -1.
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
 * counts_page(t, p, e):
 * Note page ${p}, before it is written.  Return 0, or -1: ERR_DATA with code
 * bad_page (no count, no id), ERR_TEMP with code moving (an id came again).
 */
int counts_page(struct counts *t, const struct page *p, struct err *e);

/**
 * counts_check(t, e):
 * At the end of a window, or of a walk without: return 0, or -1 with
 * ERR_TEMP, code total_mismatch, if the API counts other than what came.
 */
int counts_check(const struct counts *t, struct err *e);

#endif /* !NF_FETCH_COUNTS_H */
