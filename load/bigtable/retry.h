/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_RETRY_H
#define NF_LOAD_BIGTABLE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

/*
 * What the codes of Bigtable mean for what to do next.
 */

/**
 * retry_again(code, message, retry_ms):
 * Return true if what failed so may be sent again: DEADLINE_EXCEEDED,
 * ABORTED, UNAVAILABLE, INTERNAL when an HTTP/2 stream was reset, and
 * whatever came with a RetryInfo (${retry_ms} not -1).
 */
bool retry_again(int code, const char *message, int64_t retry_ms);

/**
 * retry_untrusted(code, message):
 * Return true if gRPC could not connect, as it says in ${message}, because
 * of the server's certificate: that passes no more than a wrong option.
 */
bool retry_untrusted(int code, const char *message);

/**
 * retry_hopeless(code):
 * Return true if a whole request refused with ${code} would not be accepted
 * in parts either: no table, no permission, not in this state, no such
 * method, no quota.
 */
bool retry_hopeless(int code);

/**
 * retry_temporary(code):
 * Return true if ${code} is no verdict on the row: another run may succeed.
 */
bool retry_temporary(int code);

/**
 * retry_lost(code):
 * Return true if ${code}, said of a whole request, tells of trouble on the
 * way or in the server, and nothing of the rows: UNKNOWN, INTERNAL,
 * DATA_LOSS.
 */
bool retry_lost(int code);

/**
 * retry_class(code, whole):
 * Return the class of the error for ${code} when there is nothing more to
 * try; ${whole} if it is about a whole request, not one row.
 */
enum err_class retry_class(int code, bool whole);

/**
 * retry_name(code):
 * Return "NOT_FOUND" and the like.
 */
const char *retry_name(int code);

#endif /* !NF_LOAD_BIGTABLE_RETRY_H */
