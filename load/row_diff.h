/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_ROW_DIFF_H
#define NF_LOAD_ROW_DIFF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What distinguishes two rows, as lines of NDJSON: {"table","row",
 * "family","qualifier","diff","want","have"}, where diff is missing,
 * different or extra, and want and have are {"value","ts"}.
 */
struct buf;
struct bytes;
struct row;

/**
 * row_diff_cells(want, have, table, each, out):
 * Append a line for each cell that differs between two rows (sorted) of one
 * key; with ${each} cells of one column differ by their time, else
 * there is one a column and its time must be the same.  Return how many
 * lines.
 */
size_t row_diff_cells(const struct row *want, const struct row *have,
    const char *table, bool each, struct buf *out);

/**
 * row_diff_row(table, key, diff, out):
 * Append a line about a whole row: ${diff} is "missing" or "extra".
 */
void row_diff_row(const char *table, struct bytes key, const char *diff,
    struct buf *out);

#endif /* !NF_LOAD_ROW_DIFF_H */
