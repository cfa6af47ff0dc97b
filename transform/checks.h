/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_CHECKS_H
#define NF_TRANSFORM_CHECKS_H

#include <regex.h>

#include "program.h"
#include "refs.h"

/*
 * Compiling the checks and conditions of a mapping, nf-mapping(5).
 */

/**
 * checks_when(c, n, w, e):
 * Compile the condition ${n}.
 */
int checks_when(struct compiler *c, const struct node *n,
    const struct when **w, struct err *e);

/**
 * checks_pattern(c, n, out, e):
 * Compile the pattern in string ${n}, which must fit a whole text; it lives
 * as long as the program.
 */
int checks_pattern(struct compiler *c, const struct node *n,
    const regex_t **out, struct err *e);

/**
 * checks_texts(c, n, out, count, e):
 * Get the array of strings ${n}.
 */
int checks_texts(struct compiler *c, const struct node *n,
    const struct text **out, size_t *count, struct err *e);

/**
 * checks_free(p):
 * Free the patterns of ${p}.
 */
void checks_free(struct program *p);

#endif /* !NF_TRANSFORM_CHECKS_H */
