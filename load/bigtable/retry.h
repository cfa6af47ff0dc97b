/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_RETRY_H
#define NF_LOAD_BIGTABLE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What to do after a failure that gRPC reports, beyond what its code says
 * (load/code.h).
 */

#define RETRY_BASE_MS 100  /* first delay before another attempt */
#define RETRY_CAP_MS 30000 /* the longest */

/**
 * retry_again(code, message, retry_ms):
 * Return true if a request that failed this way may be sent again:
 * DEADLINE_EXCEEDED, ABORTED, UNAVAILABLE, INTERNAL when an HTTP/2 stream was
 * reset, and any failure with a RetryInfo (${retry_ms} not -1).
 */
bool retry_again(int code, const char *message, int64_t retry_ms);

/**
 * retry_renews(code, renewed):
 * Return true if a request that failed with ${code} should be sent again with
 * a new token: for the first UNAUTHENTICATED, on which rpc.c drops the token.
 * *${renewed} tells whether it is the first, and is set.
 */
bool retry_renews(int code, bool *renewed);

/**
 * retry_untrusted(code, message):
 * Return true if ${message} says that gRPC could not connect because of the
 * server's certificate: like a wrong option, this does not pass by itself.
 */
bool retry_untrusted(int code, const char *message);

#endif /* !NF_LOAD_BIGTABLE_RETRY_H */
