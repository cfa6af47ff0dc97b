/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_COMPILE_VALUES_H
#define NF_TRANSFORM_MAPPING_COMPILE_VALUES_H

#include "program.h"
#include "refs.h"

/*
 * Compiling the contents of a row: families, blocks, columns and their values.
 */

/**
 * compile_values_families(c, n, r, e):
 * Compile the member "cells" of a rule, ${n}, into ${r}.  Return 0 or -1.
 */
int compile_values_families(struct compiler *c, const struct config *n,
    struct rule *r, struct err *e);

/**
 * compile_values_zone(c, n, z, e):
 * Open the time zone named by string ${n}, which the program then owns.
 */
int compile_values_zone(struct compiler *c, const struct config *n,
    const struct zone **z, struct err *e);

/**
 * compile_values_format(c, n, format, e):
 * Get and check the date format in string ${n}; it is copied to the pool of
 * ${c} because it belongs to the file.
 */
int compile_values_format(struct compiler *c, const struct config *n,
    const char **format, struct err *e);

/**
 * compile_values_json(c, head, p, tail, out, e):
 * Set ${out} to the text ${head}, then ${p} as a JSON string with quotes, then
 * ${tail}.  Return 0 or -1.
 */
int compile_values_json(struct compiler *c, const char *head, const char *p,
    const char *tail, struct text *out, struct err *e);

#endif /* !NF_TRANSFORM_MAPPING_COMPILE_VALUES_H */
