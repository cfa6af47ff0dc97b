/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_QUOTA_H
#define NF_FETCH_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Quotas: whether a response rejects a request as one too many, and when the
 * next one may be sent.
 */
struct http_response;

/**
 * quota_refuses(r):
 * Return true for 429, and for 403 with Retry-After or with a remaining
 * request count of 0.
 */
bool quota_refuses(const struct http_response *r);

/**
 * quota_wait_ms(r, now):
 * Return how many milliseconds to wait before the next request according to
 * ${r}: by Retry-After or the reset headers of quotas, in seconds or as a
 * time; ${now} is in microseconds since 1970.  0 if it does not say.
 */
int64_t quota_wait_ms(const struct http_response *r, int64_t now);

#endif /* !NF_FETCH_QUOTA_H */
