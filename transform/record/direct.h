/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_DIRECT_H
#define NF_TRANSFORM_RECORD_DIRECT_H

#include "machine.h"

/*
 * Decimals and dates of plain references, straight from the record to the
 * output: those of the forms that nearly all have.  Whatever is unusual or
 * wrong is left to typed.c, which says why.
 */
#define DIRECT_NOT 2

/**
 * direct_value(m, v):
 * Append ${v}, of which ${v}->direct says that nothing is done to its text.
 * Return 1; 0 if it is absent; DIRECT_NOT if typed_value must look at it.
 */
int direct_value(struct machine *m, const struct value *v);

#endif /* !NF_TRANSFORM_RECORD_DIRECT_H */
