/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_MARK_H
#define NF_FETCH_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "position.h"

/*
 * The marks of a sealed walk: where it can be gone on from later without
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
	const char *url; /* it came from; NULL: no memory */
	const struct paginate_pos *pos; /* it was asked for at */
	uint64_t records; /* in it */
};

/**
 * mark_window(m):
 * A window, or the walk, begins: what was seen of cursors does not count.
 */
void mark_window(struct mark *m);

/**
 * mark_write(m, p, next, t, e):
 * After ${p}, before which and with which there was what ${t} counts, write a
 * mark at ${next}, if to go on from there is sound and no secret is in it.
 * Flush the output in any case.  Return 0, or -1: what stream.h says, no
 * memory.
 */
int mark_write(struct mark *m, const struct mark_page *p,
    struct paginate_pos *next, const struct counts *t, struct err *e);

#endif /* !NF_FETCH_MARK_H */
