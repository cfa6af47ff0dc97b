/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_DIRECT_H
#define NF_TRANSFORM_RECORD_DIRECT_H

#include "machine.h"

/*
 * Decimals and dates of plain references, copied straight from the record to
 * the output if they have one of the usual forms.  Anything unusual or invalid
 * is left to typed.c, which reports the reason.
 */
#define DIRECT_NOT 2

/**
 * direct_value(m, v):
 * Append ${v}, whose ${v}->direct says that its text needs no processing.
 * Return 1; 0 if it is absent; DIRECT_NOT if typed_value must process it.
 */
int direct_value(struct machine *m, const struct value *v);

#endif /* !NF_TRANSFORM_RECORD_DIRECT_H */
