/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_DEADLINE_H
#define NF_LOAD_BIGTABLE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/clock.h"

/*
 * The time limit for all requests, counted from the first one.
 */
struct deadline {
	uint64_t ms; /* 0: no limit */
	int64_t at;  /* clock_mono_ms; 0: no request yet */
};

/**
 * deadline_at(d):
 * A request, perhaps the first, begins now.  Return the clock_mono_ms when
 * time is up, INT64_MAX for never.
 */
static inline int64_t
deadline_at(struct deadline *d)
{

	if (d->at == 0)
		d->at = d->ms == 0 ? INT64_MAX :
		    clock_mono_ms() + (int64_t)d->ms;
	return (d->at);
}

/**
 * deadline_attempt(d, ms):
 * An attempt that may take ${ms} begins now.  Return the clock_mono_ms when it
 * ends, at the latest when the time for all requests is up.
 */
static inline int64_t
deadline_attempt(struct deadline *d, uint64_t ms)
{
	int64_t all = deadline_at(d), at = clock_mono_ms() + (int64_t)ms;

	return (at < all ? at : all);
}

/**
 * deadline_over(d, ms):
 * Return true if time is up at the clock_mono_ms ${ms}.
 */
static inline bool
deadline_over(const struct deadline *d, int64_t ms)
{

	return (d->at != 0 && ms >= d->at);
}

#endif /* !NF_LOAD_BIGTABLE_DEADLINE_H */
