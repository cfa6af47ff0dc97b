/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_COMPILE_CHECKS_H
#define NF_TRANSFORM_MAPPING_COMPILE_CHECKS_H

#include "program.h"
#include "refs.h"

/*
 * Compiling the checks of a mapping, nf-mapping(5).
 */

/**
 * compile_checks_of_value(c, n, v, e):
 * Compile the checks among the members of a value, ${n}.  Return 0 or -1.
 */
int compile_checks_of_value(struct compiler *c, const struct config *n,
    struct value *v, struct err *e);

/**
 * compile_checks_list(c, n, check, count, e):
 * Compile the array of checks ${n} of a rule or of the mapping.
 */
int compile_checks_list(struct compiler *c, const struct config *n,
    const struct check **check, size_t *count, struct err *e);

#endif /* !NF_TRANSFORM_MAPPING_COMPILE_CHECKS_H */
