/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_CHECK_H
#define NF_TRANSFORM_RECORD_CHECK_H

#include "machine.h"

/*
 * Running the checks of a program.
 */

/**
 * check_value(m, v):
 * Run the checks of ${v} on its text in m->work.  Return 0, or -1 with a
 * fault.
 */
int check_value(struct machine *m, const struct value *v);

/**
 * check_passes(m, c, t):
 * Return whether text ${t}, which has BUF_PAD bytes after it, would pass ${c},
 * whatever its policy: 1, 0, or -1 without memory.
 */
int check_passes(struct machine *m, const struct check *c,
    const struct buf *t);

/**
 * check_list(m, check, n):
 * Run the ${n} checks of a rule or record.  Return 0 or -1.
 */
int check_list(struct machine *m, const struct check *check, size_t n);

/**
 * check_accepted(m):
 * The record is accepted: record its unique values.  Return 0, or -1 with
 * m->unique_full.
 */
int check_accepted(struct machine *m);

#endif /* !NF_TRANSFORM_RECORD_CHECK_H */
