/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_CLOCK_H
#define NF_LIB_BASE_CLOCK_H

#include <stdint.h>

/*
 * The time of day, and a monotonic clock.
 */

#define CLOCK_TEXT 28 /* bytes of a time as text, including the NUL */

/**
 * clock_micros():
 * Return the time of day in microseconds since 1970-01-01T00:00:00Z.
 */
int64_t clock_micros(void);

/**
 * clock_mono_ms():
 * Return the milliseconds of a clock that never goes backward.
 */
int64_t clock_mono_ms(void);

/**
 * clock_rfc3339(micros, out):
 * Write ${micros} as YYYY-MM-DDThh:mm:ss.uuuuuuZ and a NUL.
 */
void clock_rfc3339(int64_t micros, char out[CLOCK_TEXT]);

/**
 * clock_sleep_ms(ms):
 * Sleep for ${ms} milliseconds, or until a signal is caught (sig.h).
 */
void clock_sleep_ms(int64_t ms);

#endif /* !NF_LIB_BASE_CLOCK_H */
