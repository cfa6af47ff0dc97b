/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_EXPLAIN_H
#define NF_TRANSFORM_EXPLAIN_H

#include "transform/record/machine.h"

/*
 * Explains as text for people, step by step, how one record becomes rows.
 */

/**
 * explain_record(m, line, len, number, e):
 * Write to stdout how ${m} transforms the record of ${len} bytes at ${line},
 * number ${number} of the stream.  Return 0 or -1; a record that is rejected
 * is not an error.
 */
int explain_record(struct machine *m, const void *line, size_t len,
    uint64_t number, struct err *e);

#endif /* !NF_TRANSFORM_EXPLAIN_H */
