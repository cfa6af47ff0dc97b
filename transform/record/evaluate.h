/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_EVALUATE_H
#define NF_TRANSFORM_RECORD_EVALUATE_H

#include "machine.h"

/*
 * The value of terms over the numbers of a record, exact.
 */

/**
 * evaluate_holds(m, q, missing):
 * Return 1 if ${q} holds, its sides differing by at most what it tolerates;
 * 0 if it does not, or if a value is absent, which ${missing} then names
 * (else NULL); -1 with a fault.
 */
int evaluate_holds(struct machine *m, const struct equation *q,
    const struct ref **missing);

/**
 * evaluate_text(m, v, out):
 * Make ${out} (m->work, say) the number that ${v} computes; a quotient is
 * rounded as ${v} says.  Return 1; 0 if a value is absent; -1 with a fault.
 */
int evaluate_text(struct machine *m, const struct value *v, struct buf *out);

#endif /* !NF_TRANSFORM_RECORD_EVALUATE_H */
