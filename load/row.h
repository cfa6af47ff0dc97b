/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_ROW_H
#define NF_LOAD_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/bytes.h"

/*
 * A row that was read: its key and its cells.  Cells are added one by one, a
 * value may be added in pieces, and row_sort puts them in the order that every
 * backend returns: families by name, qualifiers by bytes, newest first.
 */
#define ROW_MAX (512U << 20) /* bytes; Bigtable reads no row over 256 MiB */

struct row_cell {
	struct bytes family;
	struct bytes qualifier;
	struct bytes value;
	int64_t ts; /* microseconds */
};

struct row_place; /* where a cell is in the data */

struct row {
	struct buf data;
	size_t key_len;
	struct row_place *place;
	size_t n; /* cells */
	size_t cap;
};

/**
 * row_init(r) / row_free(r):
 * Initialize ${r}; free its memory.
 */
void row_init(struct row *r);
void row_free(struct row *r);

/**
 * row_size(r) / row_trim(r, most):
 * Return the number of bytes that ${r} uses; free its memory, which empties
 * it, if that is more than ${most} bytes.
 */
size_t row_size(const struct row *r);
void row_trim(struct row *r, size_t most);

/**
 * row_begin(r, key):
 * Set ${r} to the row ${key} without cells.  Return 0, or -1 (no memory).
 */
int row_begin(struct row *r, struct bytes key);

/**
 * row_add(r, family, qualifier, ts) / row_value(r, p, n):
 * Add a cell with an empty value; append ${n} bytes to the value of the cell
 * added last.  Return 0, or -1 (no memory, over ROW_MAX).
 */
int row_add(struct row *r, struct bytes family, struct bytes qualifier,
    int64_t ts);
int row_value(struct row *r, const void *p, size_t n);

/**
 * row_sort(r):
 * Put the cells in order.
 */
void row_sort(struct row *r);

/**
 * row_keep_versions(r, n):
 * Keep only the ${n} newest cells of each column.  ${r} must be sorted.
 */
void row_keep_versions(struct row *r, uint64_t n);

/**
 * row_key(r), row_cell(r, i):
 * Return the key; cell ${i}.  Valid until ${r} is changed.
 */
struct bytes row_key(const struct row *r);
struct row_cell row_cell(const struct row *r, size_t i);

#endif /* !NF_LOAD_ROW_H */
