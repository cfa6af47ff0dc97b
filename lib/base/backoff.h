/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_BACKOFF_H
#define NF_LIB_BASE_BACKOFF_H

#include <stdint.h>

/*
 * When to try again: exponential backoff with full jitter, bounded in
 * attempts and in time.
 */
struct backoff {
	uint32_t base_ms;     /* first delay, before jitter */
	uint32_t cap_ms;      /* largest delay */
	uint32_t max_tries;   /* total attempts, including the first */
	int64_t deadline_ms;  /* give up at this clock_mono_ms; 0: never */
	uint32_t tries;       /* attempts so far */
	uint64_t random;      /* state of the generator */
};

#define BACKOFF_WARN_TRIES 4 /* failures in a row that deserve a warning */

/**
 * backoff_init(b, base_ms, cap_ms, max_tries, total_ms):
 * Start with no attempts; give up ${total_ms} from now (0: never).
 */
void backoff_init(struct backoff *b, uint32_t base_ms, uint32_t cap_ms,
    uint32_t max_tries, uint64_t total_ms);

/**
 * backoff_next(b, at_least_ms):
 * An attempt has failed.  Return the milliseconds to wait before the next
 * one: at least ${at_least_ms}, the delay that the server asked for (0:
 * none).  Return -1 if there are no attempts or no time left.
 */
int64_t backoff_next(struct backoff *b, int64_t at_least_ms);

#endif /* !NF_LIB_BASE_BACKOFF_H */
