/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_QUOTA_H
#define NF_FETCH_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Quotas: whether an answer refuses a request as one too many, and when the
 * next may be sent.
 */
struct http_response;

/**
 * quota_refuses(r):
 * Return true for 429, and for 403 with Retry-After or with a count of
 * remaining requests that is 0.
 */
bool quota_refuses(const struct http_response *r);

/**
 * quota_wait_ms(r, now):
 * Return in how many milliseconds ${r} says that the next request may be sent,
 * by Retry-After or the reset headers of quotas, in seconds or as a time;
 * ${now} is in microseconds since 1970.  0 if it does not say.
 */
int64_t quota_wait_ms(const struct http_response *r, int64_t now);

#endif /* !NF_FETCH_QUOTA_H */
