/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_EXACT_H
#define NF_FETCH_EXACT_H

#include <jansson.h>
#include <stddef.h>

/*
 * Settings as JSON; no number in them is rounded silently.
 */
struct buf;
struct err;

/**
 * exact_load(text, flags, why, e):
 * Parse ${text} with the ${flags} of jansson.  Return the value, which the
 * caller frees; or NULL: ${why} says what is wrong and where, including a
 * number that would not be sent exactly as written, unless ${e} reports lack
 * of memory.
 */
json_t *exact_load(struct buf *text, size_t flags, json_error_t *why,
    struct err *e);

#endif /* !NF_FETCH_EXACT_H */
