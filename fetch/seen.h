/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SEEN_H
#define NF_FETCH_SEEN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The last ids, to detect one that comes again.  Uses a fixed amount of
 * memory: 64-bit hashes.
 */
#define SEEN_MAX (1U << 17) /* ids of records that are remembered */

struct err;
struct seen;

/**
 * seen_new(max, e) / seen_free(s):
 * Remember up to ${max} ids, at 24 bytes each.  Return NULL if memory runs
 * out.
 */
struct seen *seen_new(size_t max, struct err *e);
void seen_free(struct seen *s);

/**
 * seen_add(s, id, len):
 * Remember the ${len} bytes at ${id}.  Return true if they were already
 * remembered.
 */
bool seen_add(struct seen *s, const void *id, size_t len);

#endif /* !NF_FETCH_SEEN_H */
