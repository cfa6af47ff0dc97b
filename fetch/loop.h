/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_LOOP_H
#define NF_FETCH_LOOP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Detects that a walk over positions runs in a circle: at once if the circle
 * is shorter than LOOP_NEAR, else before the fourth round, whatever its
 * length.
 */
#define LOOP_NEAR (1U << 14)

struct loop;
struct err;

/**
 * loop_new(e) / loop_free(c):
 * Return NULL without memory.  Uses 400 KB, however long the walk.
 */
struct loop *loop_new(struct err *e);
void loop_free(struct loop *c);

/**
 * loop_step(c, p, n):
 * Continue to the position named by the ${n} bytes at ${p}.  Return true if
 * the walk is known to have been there before.
 */
bool loop_step(struct loop *c, const void *p, size_t n);

#endif /* !NF_FETCH_LOOP_H */
