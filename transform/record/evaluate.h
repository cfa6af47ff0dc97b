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

#endif /* !NF_TRANSFORM_RECORD_EVALUATE_H */
