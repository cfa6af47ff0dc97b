/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_SHARED_ROWS_H
#define NF_TRANSFORM_RECORD_SHARED_ROWS_H

#include "machine.h"

/*
 * Rows of one record may share table, key and timestamp: together they are one
 * row of the table, in which no cell may get two values.
 */

/**
 * shared_rows_check(m):
 * Check that the rows of the record, m->out from m->record_at on, have no cell
 * in common.  Uses m->rows and m->cells.  Return 0, or -1 with a fault.
 */
int shared_rows_check(struct machine *m);

#endif /* !NF_TRANSFORM_RECORD_SHARED_ROWS_H */
