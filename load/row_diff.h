/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_ROW_DIFF_H
#define NF_LOAD_ROW_DIFF_H

#include <stddef.h>
#include <stdint.h>

/*
 * The differences between two rows, as lines of NDJSON: {"table","row",
 * "family","qualifier","diff","want","have"}, where diff is missing, different
 * or extra, and want and have are {"value","ts"}.
 */
struct buf;
struct bytes;
struct row;

/* Which cells of a column are compared. */
enum row_diff_how {
	ROW_DIFF_NEWEST, /* the newest, with the same time */
	ROW_DIFF_NEWER,  /* the newest; newer ones are counted */
	ROW_DIFF_EACH    /* the cells with the same time */
};

/**
 * row_diff_cells(want, have, table, how, newer, out):
 * Append a line for each cell that differs between two rows (sorted) with the
 * same key.  With ROW_DIFF_NEWER, cells of ${have} that are newer than those
 * of ${want} are not reported but counted in ${newer}.  Return the number of
 * lines.
 */
size_t row_diff_cells(const struct row *want, const struct row *have,
    const char *table, enum row_diff_how how, uint64_t *newer,
    struct buf *out);

/**
 * row_diff_row(table, key, diff, out):
 * Append a line about an entire row: ${diff} is "missing" or "extra".
 */
void row_diff_row(const char *table, struct bytes key, const char *diff,
    struct buf *out);

#endif /* !NF_LOAD_ROW_DIFF_H */
