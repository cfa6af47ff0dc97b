/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_RECORD_H
#define NF_TRANSFORM_RECORD_RECORD_H

#include "machine.h"

/*
 * One record in, its rows out, or a fault.
 */

/**
 * record_run(m, line, len, number, out):
 * Append to ${out} the rows, each with its newline, of the record of ${len}
 * bytes at ${line} (SCAN_PAD readable bytes after it), number ${number} of the
 * run.  m->nrow is their number.  Return 0; or -1, with ${out} as before: the
 * record is rejected and m->fault says why, unless m->no_memory or
 * m->unique_full.
 */
int record_run(struct machine *m, const void *line, size_t len,
    uint64_t number, struct buf *out);

#endif /* !NF_TRANSFORM_RECORD_RECORD_H */
