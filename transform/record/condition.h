/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_CONDITION_H
#define NF_TRANSFORM_RECORD_CONDITION_H

#include <regex.h>

#include "machine.h"

/*
 * Running the conditions of a program.
 */

/**
 * condition_holds(m, w):
 * Return 1 if ${w} holds, 0 if it does not, -1 with a fault.
 */
int condition_holds(struct machine *m, const struct condition *w);

/**
 * condition_fits(m, pattern, b):
 * Return whether ${pattern}, "^(...)$", matches the text in ${b}: 1, 0, or -1
 * if memory runs out.
 */
int condition_fits(struct machine *m, const regex_t *pattern,
    const struct buf *b);

/**
 * condition_among(b, t, n):
 * Return whether the text in ${b} is one of the ${n} at ${t}.  If there is
 * more than one, they are followed by the same texts in the order of
 * program_sort_texts.
 */
bool condition_among(const struct buf *b, const struct text *t, size_t n);

#endif /* !NF_TRANSFORM_RECORD_CONDITION_H */
