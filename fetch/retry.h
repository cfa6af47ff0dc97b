/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_RETRY_H
#define NF_FETCH_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/backoff.h"

/*
 * How often and how long one page is asked for.  Its time runs from the
 * first request on, and stands still while it is we who make it wait: for
 * --rate, or because our reader does not read.  All times are on
 * clock_mono_ms.
 */
struct retry_conf {
	uint64_t tries;    /* requests for one page at most; 0 as 1 */
	uint64_t base_ms;  /* first delay */
	uint64_t cap_ms;   /* largest delay of our own */
	uint64_t wait_ms;  /* the longest Retry-After that is obeyed */
	uint64_t total_ms; /* for one page with all its tries; 0: no limit */
	bool given;        /* tries or time are as the user wants them */
};

struct retry {
	const struct retry_conf *conf;
	struct backoff backoff;
	int64_t began; /* when the first request was sent; 0: not yet */
};

/**
 * retry_init(p, conf):
 * Nothing was sent yet.  ${conf} is borrowed.
 */
void retry_init(struct retry *p, const struct retry_conf *conf);

/**
 * retry_sent(p, due, now):
 * A request is sent ${now} that might have been sent at ${due} (0: the
 * first one).
 */
void retry_sent(struct retry *p, int64_t due, int64_t now);

/**
 * retry_stood(p, from, to):
 * From ${from} to ${to} nothing was done for it.
 */
void retry_stood(struct retry *p, int64_t from, int64_t to);

/**
 * retry_next(p, asked):
 * A try has failed.  Return after how many milliseconds to try again, with
 * regard to the ${asked} ones of the server; -1: not any more.
 */
int64_t retry_next(struct retry *p, int64_t asked);

/**
 * retry_next_quota(p, asked):
 * The same for a request that was one too many.  A quota of a minute is
 * outlasted, however many tries that takes, unless the user has given a
 * limit or the server a time.
 */
int64_t retry_next_quota(struct retry *p, int64_t asked);

#endif /* !NF_FETCH_RETRY_H */
