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
 * Append ${v}, a row key, a qualifier or a value, as a JSON string; or as
 * {"base64":"..."} if it is not UTF-8 or if base64 is shorter because of
 * control bytes.
 */
void row_line_name(struct buf *b, struct bytes v);

/**
 * row_line_write(b, table, r, from, max):
 * Append one line, with its newline, for the cells of ${r} (sorted) starting
 * at number ${from}: as many as fit into ${max} bytes and BIGTABLE_MAX_CELLS,
 * but at least one.  Use the grouped form if it can express the cells, else
 * the general form.  Return the number of the first cell not written.
 */
size_t row_line_write(struct buf *b, const char *table, const struct row *r,
    size_t from, size_t max);

#endif /* !NF_LOAD_ROW_LINE_H */
