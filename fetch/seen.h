/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SEEN_H
#define NF_FETCH_SEEN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The ids of the last SEEN_MAX records, to notice a list that moves while it
 * is walked: an id that comes again.  In fixed memory, by hashes of 64 bits.
 */
#define SEEN_MAX (1U << 17)

struct err;
struct seen;

struct seen *seen_new(struct err *e);
void seen_free(struct seen *s);

/**
 * seen_add(s, id, len):
 * Remember the ${len} bytes at ${id}.  Return true if they are among those
 * remembered.
 */
bool seen_add(struct seen *s, const void *id, size_t len);

#endif /* !NF_FETCH_SEEN_H */
