/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_RATE_LIMIT_H
#define NF_LOAD_BIGTABLE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The number of requests per second that the server wants (RateLimitInfo): it
 * sends a factor and a period; the rate is multiplied by the factor, bounded
 * to 0.7..1.3, at most once per period.
 */
struct rate_limit {
	bool on;           /* the server sent a limit */
	double rate;       /* requests per second */
	int64_t next;      /* clock_mono_ms when the next request may be sent */
	int64_t change;    /* when the rate may change again */
};

/**
 * rate_limit_init(f):
 * Start without a limit.
 */
void rate_limit_init(struct rate_limit *f);

/**
 * rate_limit_info(f, now, factor, period_ms):
 * A response contained a RateLimitInfo; a malformed one is ignored.
 */
void rate_limit_info(struct rate_limit *f, int64_t now, double factor, int64_t
    period_ms);

/**
 * rate_limit_no_info(f, now):
 * A response contained none: once the period is over, the limit is turned off;
 * the rate is kept for the next time.
 */
void rate_limit_no_info(struct rate_limit *f, int64_t now);

/**
 * rate_limit_failed(f, now, code):
 * A request failed; DEADLINE_EXCEEDED, UNAVAILABLE and RESOURCE_EXHAUSTED
 * slow down as a factor of 0.7 and a period of 10 s would.
 */
void rate_limit_failed(struct rate_limit *f, int64_t now, int code);

/**
 * rate_limit_at(f, now) / rate_limit_sent(f, now):
 * Return when the next request may be sent (${now} or later); record that one
 * was sent.
 */
int64_t rate_limit_at(const struct rate_limit *f, int64_t now);
void rate_limit_sent(struct rate_limit *f, int64_t now);

#endif /* !NF_LOAD_BIGTABLE_RATE_LIMIT_H */
