/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_EQUATION_H
#define NF_TRANSFORM_MAPPING_EQUATION_H

#include "refs.h"

/*
 * Equations over the numbers of a record, in exact decimal arithmetic:
 *
 *	sum(/det, ./qCom * ./vUnCom) - /vDesc? = /vNF
 *
 * Terms and signs are separated by spaces; a reference ends at a space, a
 * comma or a bracket; one that ends in "?" is 0 if it is absent.  sum, min and
 * max take an array and a term for each item, count takes an array; quotients
 * are ratios, which are not rounded before the end.
 */

/**
 * equation_parse(c, n, text, e):
 * Compile the equation ${text}; ${n} is its node in the mapping.  Return the
 * equation, which lives as long as the program, or NULL.
 */
struct equation *equation_parse(struct compiler *c, const struct config *n,
    const char *text, struct err *e);

/**
 * equation_compute(c, n, text, out, divides, e):
 * Compile the expression ${text}, which has no relation; store in ${divides}
 * whether it contains a quotient.  Return 0 or -1.
 */
int equation_compute(struct compiler *c, const struct config *n,
    const char *text, const struct expr **out, bool *divides, struct err *e);

/**
 * equation_name(x):
 * Return the reference that names ${x} in faults: its last, which is usually
 * the total; NULL if it has none.
 */
const struct ref *equation_name(const struct expr *x);

#endif /* !NF_TRANSFORM_MAPPING_EQUATION_H */
