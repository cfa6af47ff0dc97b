/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_SMALL_EQUATION_H
#define NF_TRANSFORM_RECORD_SMALL_EQUATION_H

#include <stdbool.h>

#include "machine.h"

/*
 * Equations whose numbers fit in 64 bits, as nearly all do: sums, differences
 * and products of plain references.  Everything else, including all errors, is
 * left to evaluate.c.
 */

/**
 * small_equation_holds(m, q, holds):
 * Store in ${holds} whether ${q} holds.  Return false if evaluate.c must
 * evaluate it.
 */
bool small_equation_holds(struct machine *m, const struct equation *q,
    bool *holds);

#endif /* !NF_TRANSFORM_RECORD_SMALL_EQUATION_H */
