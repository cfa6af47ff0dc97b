/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_CURSOR_H
#define NF_FETCH_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Cursors: positions of a walk as JSON, as they stand in marks:
 *
 *	{"type":"cursor","text":"abc","records":400}
 *	{"type":"page","number":5,"records":400}
 *	{"type":"none","window":"2026-02-01","records":400}
 */
struct buf;
struct err;
struct paginate_pos;
struct paginate_spec;

/**
 * cursor_write(spec, p, records, out):
 * Append position ${p}, before which there were ${records} records.
 */
void cursor_write(const struct paginate_spec *spec,
    const struct paginate_pos *p, uint64_t records, struct buf *out);

/**
 * cursor_lasts(p):
 * Return true if ${p}, written as a cursor, is the same when read again: its
 * text is UTF-8 without NUL.
 */
bool cursor_lasts(const struct paginate_pos *p);

/**
 * cursor_read(spec, text, p, records, e):
 * Read the cursor ${text} into ${p}, which stands at the start, and
 * ${records}.  Return 0, or -1 with
 * ERR_CONFIG, code bad_cursor, if it is none or of another kind of walk.
 */
int cursor_read(const struct paginate_spec *spec, const char *text,
    struct paginate_pos *p, uint64_t *records, struct err *e);

#endif /* !NF_FETCH_CURSOR_H */
