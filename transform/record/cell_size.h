/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_CELL_SIZE_H
#define NF_TRANSFORM_RECORD_CELL_SIZE_H

#include <stddef.h>

/*
 * The size in the table of rows and values of the mutation stream, as
 * nf-transform writes them: Bigtable's limits count bytes, not their JSON
 * notation.
 */

/**
 * cell_size_value(p, n):
 * Return the size in bytes of the value written in the ${n} bytes at ${p}: a
 * string, {"base64":...}, {"int64":...}, null.
 */
size_t cell_size_value(const void *p, size_t n);

/**
 * cell_size_strings(p, n):
 * Return the size in bytes of all strings in the ${n} bytes of JSON at ${p}:
 * for a row, this includes at least its key, qualifiers and values.
 */
size_t cell_size_strings(const void *p, size_t n);

#endif /* !NF_TRANSFORM_RECORD_CELL_SIZE_H */
