/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_EQUATION_H
#define NF_TRANSFORM_MAPPING_EQUATION_H

#include "refs.h"
#include "transform/record/machine.h"

/*
 * Equations over the numbers of a record, in exact decimal arithmetic:
 *
 *	sum(/det, ./qCom * ./vUnCom) - /vDesc? = /vNF
 *
 * Terms and signs stand apart, a reference ends at a space, a comma or a
 * bracket; one that ends in "?" is 0 if it is absent.
 */
struct decimal;
struct equation;

/**
 * equation_parse(c, n, text, e):
 * Compile the equation ${text}; ${n} is where it stands.  Return it, which
 * lives as long as the program, or NULL.
 */
const struct equation *equation_parse(struct compiler *c,
    const struct node *n, const char *text, struct err *e);

/**
 * equation_holds(m, q, within, missing):
 * Return 1 if ${q} holds, its sides differing by at most the decimal
 * ${within} (NULL: 0); 0 if it does not, or if a value is absent, which
 * ${missing} then names (else NULL); -1 with a fault.
 */
int equation_holds(struct machine *m, const struct equation *q,
    const struct decimal *within, const struct ref **missing);

#endif /* !NF_TRANSFORM_MAPPING_EQUATION_H */
