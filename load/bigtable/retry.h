/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_RETRY_H
#define NF_LOAD_BIGTABLE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a failure that gRPC reports means for what to do next, beyond its code
 * (load/code.h).
 */

#define RETRY_BASE_MS 100  /* first delay before another attempt */
#define RETRY_CAP_MS 30000 /* the longest */

/**
 * retry_again(code, message, retry_ms):
 * Return true if what failed so may be sent again: DEADLINE_EXCEEDED,
 * ABORTED, UNAVAILABLE, INTERNAL when an HTTP/2 stream was reset, and
 * whatever came with a RetryInfo (${retry_ms} not -1).
 */
bool retry_again(int code, const char *message, int64_t retry_ms);

/**
 * retry_renews(code, renewed):
 * Return true if what failed with ${code} is worth one more request with a
 * new token: for UNAUTHENTICATED, on which rpc.c drops the token, the first
 * time, by *${renewed}, which is set.
 */
bool retry_renews(int code, bool *renewed);

/**
 * retry_untrusted(code, message):
 * Return true if gRPC could not connect, as it says in ${message}, because
 * of the server's certificate: that passes no more than a wrong option.
 */
bool retry_untrusted(int code, const char *message);

#endif /* !NF_LOAD_BIGTABLE_RETRY_H */
