/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_ROW_LINE_H
#define NF_LOAD_ROW_LINE_H

#include <stddef.h>

#include "lib/base/bytes.h"

/*
 * Rows as lines of a mutation stream, nf-stream(5): the reverse of
 * mutation.h.
 */
struct buf;
struct row;

/**
 * row_line_name(b, v):
 * Append ${v}, a row key, a qualifier, a value: as a JSON string if it is
 * UTF-8, else, or if control bytes make that shorter, as {"base64":"..."}.
 */
void row_line_name(struct buf *b, struct bytes v);

/**
 * row_line_write(b, table, r, from, max):
 * Append one line, with its newline, for the cells of ${r} (sorted) from
 * number ${from} on: as many as keep it within ${max} bytes and
 * BIGTABLE_MAX_CELLS, and one at least.  The grouped form if it can say all,
 * else the general one.  Return the number of the first cell that is left.
 */
size_t row_line_write(struct buf *b, const char *table, const struct row *r,
    size_t from, size_t max);

#endif /* !NF_LOAD_ROW_LINE_H */
