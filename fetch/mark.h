/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_MARK_H
#define NF_FETCH_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "position.h"

/*
 * The marks of a sealed walk: points from which a later run can resume without
 * losing a record.
 */
struct counts;
struct err;
struct paginate_pos;
struct redact;
struct source;
struct stream_out;

struct mark {
	const struct source *source; /* this and the next two are borrowed */
	struct redact *hidden;
	struct stream_out *out;
	bool seal;     /* marks are wanted */
	int64_t at;    /* start of the run, microseconds */
	bool unmarked; /* the reason was logged */
	bool begun;    /* the position has seen a page of this window */
	struct position position; /* is the cursor one? */
};

/* The page that was written. */
struct mark_page {
	const char *url; /* where it came from; NULL: no memory */
	const struct paginate_pos *pos; /* its position */
	uint64_t records; /* in it */
};

/**
 * mark_window(m):
 * A window, or the walk, begins: forget what was seen of cursors.
 */
void mark_window(struct mark *m);

/**
 * mark_write(m, p, next, t, e):
 * After page ${p}, which ${t} already counts, write a mark at ${next}, if
 * resuming from there is safe and it contains no secret.  Flush the output in
 * any case.  Return 0, or -1: the errors of stream.h, no memory.
 */
int mark_write(struct mark *m, const struct mark_page *p,
    struct paginate_pos *next, const struct counts *t, struct err *e);

#endif /* !NF_FETCH_MARK_H */
