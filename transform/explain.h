/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_EXPLAIN_H
#define NF_TRANSFORM_EXPLAIN_H

#include "transform/record/machine.h"

/*
 * How one record becomes rows, step by step, as text for people.
 */

/**
 * explain_record(m, line, len, number, e):
 * Write to stdout what ${m} makes of the record of ${len} bytes at ${line},
 * number ${number} of the stream.  Return 0 or -1; a record that is refused
 * is no error.
 */
int explain_record(struct machine *m, const void *line, size_t len,
    uint64_t number, struct err *e);

#endif /* !NF_TRANSFORM_EXPLAIN_H */
