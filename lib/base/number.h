/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_NUMBER_H
#define NF_LIB_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Whole numbers from slices of text, and back.
 */

/**
 * number_i64(p, n, v):
 * Read ${n} bytes of decimal digits with an optional '-' before them.
 * Return 0, or -1 if they are anything else or do not fit in 64 bits.
 */
int number_i64(const uint8_t *p, size_t n, int64_t *v);

/**
 * number_text(v, out):
 * Write ${v}, at most 999999999999999, as digits and a NUL.
 */
void number_text(uint64_t v, char out[16]);

#endif /* !NF_LIB_BASE_NUMBER_H */
