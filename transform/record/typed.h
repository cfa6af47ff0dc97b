/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_TYPED_H
#define NF_TRANSFORM_RECORD_TYPED_H

#include "machine.h"

/*
 * Values that are more than a string as served: functions, types, checks.
 */

/**
 * typed_value(m, v):
 * Append the value ${v} in the form of the mutation stream: a string,
 * {"int64":"n"} or {"base64":"..."}.  Return 1; 0 if it is absent; -1 with a
 * fault.
 */
int typed_value(struct machine *m, const struct value *v);

/**
 * typed_instant(m, r, format, zone, micros):
 * Read ${r} as a date or time.  Return 1, 0 if it is absent, -1.
 */
int typed_instant(struct machine *m, const struct ref *r, const char *format,
    const struct zone *zone, int64_t *micros);

#endif /* !NF_TRANSFORM_RECORD_TYPED_H */
