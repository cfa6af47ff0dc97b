/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_RATE_LIMIT_H
#define NF_LOAD_BIGTABLE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How many requests a second the server wants (RateLimitInfo): it sends a
 * factor and a period; the rate is multiplied by the factor, bounded to
 * 0.7..1.3, at most once a period.
 */
struct flow {
	bool on;           /* the server spoke of it */
	double rate;       /* requests a second */
	int64_t next;      /* clock_mono_ms when the next may go */
	int64_t change;    /* when the rate may change again */
};

/**
 * flow_init(f):
 * No limit yet.
 */
void flow_init(struct flow *f);

/**
 * flow_info(f, now, factor, period_ms):
 * An answer carried a RateLimitInfo; one that makes no sense is ignored.
 */
void flow_info(struct flow *f, int64_t now, double factor, int64_t period_ms);

/**
 * flow_no_info(f, now):
 * An answer carried none: once the period is over the limit is off, and the
 * rate is kept for the next time.
 */
void flow_no_info(struct flow *f, int64_t now);

/**
 * flow_failed(f, now, code):
 * A request failed; DEADLINE_EXCEEDED, UNAVAILABLE and RESOURCE_EXHAUSTED
 * slow down as a factor of 0.7 and a period of 10 s would.
 */
void flow_failed(struct flow *f, int64_t now, int code);

/**
 * flow_at(f, now) / flow_sent(f, now):
 * Return when the next request may go (${now} or later); one went.
 */
int64_t flow_at(const struct flow *f, int64_t now);
void flow_sent(struct flow *f, int64_t now);

#endif /* !NF_LOAD_BIGTABLE_RATE_LIMIT_H */
