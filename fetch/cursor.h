/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_CURSOR_H
#define NF_FETCH_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Cursors: positions of a walk as JSON, as they appear in marks:
 *
 *	{"type":"cursor","text":"abc","records":400,"pages":4}
 *	{"type":"page","number":5,"records":400,"pages":4}
 *	{"type":"none","window":"2026-02-01","records":400,"pages":4}
 *
 * A text marked "json" is a cursor that is sent as JSON, not as a string.
 * Within a window, "walked" is the number of its records so far and
 * "walked_pages" the number of their pages; "total" and "total_pages" are the
 * API's counts in the places that the source names, "claimed" and
 * "claimed_pages" its counts found elsewhere; "proof" is that of the windows
 * before.
 */
struct buf;
struct counts;
struct err;
struct paginate_pos;
struct paginate_spec;

/**
 * cursor_write(spec, p, t, out):
 * Append position ${p}; ${t} has the counts of everything before it.
 */
void cursor_write(const struct paginate_spec *spec,
    const struct paginate_pos *p, const struct counts *t, struct buf *out);

/**
 * cursor_lasts(p):
 * Return true if ${p} survives being written as a cursor and read again: its
 * text is UTF-8 without NUL.
 */
bool cursor_lasts(const struct paginate_pos *p);

/**
 * cursor_read(spec, text, p, t, e):
 * Read the cursor ${text} into ${p}, which is at the start, and ${t}.  Return
 * 0, or -1 with ERR_CONFIG, code bad_cursor, if it is not a cursor or belongs
 * to another kind of walk.
 */
int cursor_read(const struct paginate_spec *spec, const char *text,
    struct paginate_pos *p, struct counts *t, struct err *e);

#endif /* !NF_FETCH_CURSOR_H */
