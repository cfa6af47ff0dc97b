/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_COMPILE_CONDITIONS_H
#define NF_TRANSFORM_MAPPING_COMPILE_CONDITIONS_H

#include <regex.h>

#include "program.h"
#include "refs.h"

/*
 * Compiling conditions ("when") and patterns of a mapping, nf-mapping(5).
 */

/**
 * compile_conditions_when(c, n, w, e):
 * Compile the condition ${n}.
 */
int compile_conditions_when(struct compiler *c, const struct config *n,
    const struct condition **w, struct err *e);

/**
 * compile_conditions_pattern(c, n, out, e):
 * Compile the pattern in string ${n}, which must match a whole text; it lives
 * as long as the program.
 */
int compile_conditions_pattern(struct compiler *c, const struct config *n,
    const regex_t **out, struct err *e);

/**
 * compile_conditions_texts(c, n, out, count, e):
 * Get the array of strings ${n}.
 */
int compile_conditions_texts(struct compiler *c, const struct config *n,
    const struct text **out, size_t *count, struct err *e);

#endif /* !NF_TRANSFORM_MAPPING_COMPILE_CONDITIONS_H */
