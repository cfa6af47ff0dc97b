/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_ROW_PRINT_H
#define NF_LOAD_ROW_PRINT_H

/*
 * Rows as people and other tools like them, not to be loaded again.
 */
struct buf;
struct row;

/**
 * row_print_json(b, table, r):
 * Append one object: "table" and "row", and each column, "family:qualifier",
 * with its newest value.
 */
void row_print_json(struct buf *b, const char *table, const struct row *r);

/**
 * row_print_tsv(b, r):
 * Append a line for each cell: row, family, qualifier, ts, value, with tabs
 * between them.  A backslash, a control character and a byte that is not
 * UTF-8 are \\ \t \n \r or \xHH.
 */
void row_print_tsv(struct buf *b, const struct row *r);

/**
 * row_print_table(b, r):
 * Append the key, and under it a line for each cell.
 */
void row_print_table(struct buf *b, const struct row *r);

#endif /* !NF_LOAD_ROW_PRINT_H */
