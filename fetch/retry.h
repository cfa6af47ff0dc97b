/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_RETRY_H
#define NF_FETCH_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/backoff.h"

/*
 * How often and how long to try to get one page.  Its time starts with the
 * first request, and stops while we are the ones who delay it: for --rate, or
 * because our reader does not read.  All times are on clock_mono_ms.
 */
struct retry_conf {
	uint64_t tries;    /* requests for one page at most; 0 as 1 */
	uint64_t base_ms;  /* first delay */
	uint64_t cap_ms;   /* largest delay of our own */
	uint64_t wait_ms;  /* longest Retry-After that is obeyed */
	uint64_t total_ms; /* per page with all tries; 0: no limit */
	bool given;        /* the user set tries or time */
};

struct retry {
	const struct retry_conf *conf;
	struct backoff backoff;
	int64_t began; /* when the first request was sent; 0: not yet */
};

/**
 * retry_init(p, conf):
 * Start before the first request.  ${conf} is borrowed.
 */
void retry_init(struct retry *p, const struct retry_conf *conf);

/**
 * retry_sent(p, due, now):
 * A request is sent at ${now} that could have been sent at ${due} (0: the
 * first one).
 */
void retry_sent(struct retry *p, int64_t due, int64_t now);

/**
 * retry_stood(p, from, to):
 * The page was not worked on from ${from} to ${to}.
 */
void retry_stood(struct retry *p, int64_t from, int64_t to);

/**
 * retry_next(p, asked):
 * A try has failed.  Return how many milliseconds to wait before the next one,
 * considering the ${asked} ones that the server requests; -1 to give up.
 */
int64_t retry_next(struct retry *p, int64_t asked);

/**
 * retry_next_quota(p, asked):
 * The same for a request that was one too many.  A quota per minute is waited
 * out, however many tries that takes, unless the user has set a limit or the
 * server gives a time.
 */
int64_t retry_next_quota(struct retry *p, int64_t asked);

#endif /* !NF_FETCH_RETRY_H */
