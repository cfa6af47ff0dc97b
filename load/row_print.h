/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_ROW_PRINT_H
#define NF_LOAD_ROW_PRINT_H

/*
 * Rows in formats for people and other tools, which cannot be loaded again.
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
 * between them.  Backslashes, control characters and bytes that are not UTF-8
 * are written as \\ \t \n \r or \xHH.
 */
void row_print_tsv(struct buf *b, const struct row *r);

/**
 * row_print_table(b, r):
 * Append the key, followed by a line for each cell.
 */
void row_print_table(struct buf *b, const struct row *r);

#endif /* !NF_LOAD_ROW_PRINT_H */
