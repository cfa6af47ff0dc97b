/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_EVALUATE_H
#define NF_TRANSFORM_RECORD_EVALUATE_H

#include "machine.h"

/*
 * The exact value of terms over the numbers of a record.
 */

/**
 * evaluate_holds(m, q, missing):
 * Return 1 if ${q} holds, which means that its sides differ by no more than
 * its tolerance; 0 if it does not, or if a value is absent, in which case
 * ${missing} names it (else it is NULL); -1 with a fault.
 */
int evaluate_holds(struct machine *m, const struct equation *q,
    const struct ref **missing);

/**
 * evaluate_text(m, v, out):
 * Set ${out} (such as m->work) to the number that ${v} computes; a quotient is
 * rounded as ${v} says.  Return 1; 0 if a value is absent; -1 with a fault.
 */
int evaluate_text(struct machine *m, const struct value *v, struct buf *out);

#endif /* !NF_TRANSFORM_RECORD_EVALUATE_H */
