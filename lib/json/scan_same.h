/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_SCAN_SAME_H
#define NF_LIB_JSON_SCAN_SAME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Equality of JSON values, regardless of how they are written: escapes, white
 * space and the order of members do not matter; 10, 10.0 and 1e1 are equal.
 */
struct scan;

/**
 * scan_same(a, t, b, u):
 * Return true if value ${t} of ${a} equals value ${u} of ${b}; return false if
 * there is no memory.
 */
bool scan_same(const struct scan *a, uint32_t t, const struct scan *b,
    uint32_t u);

/**
 * scan_same_text(s, t, text):
 * Return true if value ${t} of ${s} equals the JSON ${text}.
 */
bool scan_same_text(const struct scan *s, uint32_t t, const char *text);

#endif /* !NF_LIB_JSON_SCAN_SAME_H */
