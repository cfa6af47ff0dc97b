/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_CURSOR_H
#define NF_FETCH_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Cursors: positions of a walk as JSON, as they stand in marks:
 *
 *	{"type":"cursor","text":"abc","records":400,"pages":4}
 *	{"type":"page","number":5,"records":400,"pages":4}
 *	{"type":"none","window":"2026-02-01","records":400,"pages":4}
 *
 * A text that is "json" is a cursor that is sent as the JSON that it is.
 * Within a window "walked" is how many of the records are its and
 * "walked_pages" in how many pages; "total" and "total_pages" are what the API
 * counts where the source says so, "claimed" and "claimed_pages" what it
 * counts elsewhere; "proof" is of the windows before.
 */
struct buf;
struct counts;
struct err;
struct paginate_pos;
struct paginate_spec;

/**
 * cursor_write(spec, p, t, out):
 * Append position ${p}, before which there was what ${t} counts.
 */
void cursor_write(const struct paginate_spec *spec,
    const struct paginate_pos *p, const struct counts *t, struct buf *out);

/**
 * cursor_lasts(p):
 * Return true if ${p}, written as a cursor, is the same when read again: its
 * text is UTF-8 without NUL.
 */
bool cursor_lasts(const struct paginate_pos *p);

/**
 * cursor_read(spec, text, p, t, e):
 * Read the cursor ${text} into ${p}, which stands at the start, and ${t}.
 * Return 0, or -1 with ERR_CONFIG, code bad_cursor, if it is not a cursor or of
 * another kind of walk.
 */
int cursor_read(const struct paginate_spec *spec, const char *text,
    struct paginate_pos *p, struct counts *t, struct err *e);

#endif /* !NF_FETCH_CURSOR_H */
