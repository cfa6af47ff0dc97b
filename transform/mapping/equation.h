/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_EQUATION_H
#define NF_TRANSFORM_MAPPING_EQUATION_H

#include "refs.h"

/*
 * Equations over the numbers of a record, in exact decimal arithmetic:
 *
 *	sum(/det, ./qCom * ./vUnCom) - /vDesc? = /vNF
 *
 * Terms and signs stand apart, a reference ends at a space, a comma or a
 * bracket; one that ends in "?" is 0 if it is absent.
 */
/**
 * equation_parse(c, n, text, e):
 * Compile the equation ${text}; ${n} is where it stands.  Return it, which
 * lives as long as the program, or NULL.
 */
struct equation *equation_parse(struct compiler *c, const struct config *n,
    const char *text, struct err *e);

#endif /* !NF_TRANSFORM_MAPPING_EQUATION_H */
