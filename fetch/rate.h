/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_RATE_H
#define NF_FETCH_RATE_H

#include <stdint.h>

/*
 * Request budgets, "90/min": in any span of that length, no more requests are
 * sent, including retries and redirects.  Several may apply at once.
 */
struct budget;
struct err;
struct rate;

/**
 * rate_new(e) / rate_free(r):
 * Start without a budget: everything may be sent at once.
 */
struct rate *rate_new(struct err *e);
void rate_free(struct rate *r);

/**
 * rate_add(r, budget, e):
 * Add a budget.  Return 0 or -1 (ERR_CONFIG, ERR_IO).
 */
int rate_add(struct rate *r, const struct budget *budget, struct err *e);

/**
 * rate_wait(r, now_ms) / rate_sent(r, now_ms):
 * Return how many milliseconds to wait before a request, 0 if it may be sent
 * now; note that one is sent.
 */
int64_t rate_wait(const struct rate *r, int64_t now_ms);
void rate_sent(struct rate *r, int64_t now_ms);

#endif /* !NF_FETCH_RATE_H */
