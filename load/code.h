/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_CODE_H
#define NF_LOAD_CODE_H

#include <stdbool.h>

#include "lib/base/err.h"

/*
 * The result codes of rows and requests: the canonical codes of
 * google/rpc/code.proto, used by all targets, and what to do after each of
 * them.
 */
enum code {
	CODE_OK = 0,
	CODE_CANCELLED = 1,
	CODE_UNKNOWN = 2,
	CODE_INVALID_ARGUMENT = 3,
	CODE_DEADLINE_EXCEEDED = 4,
	CODE_NOT_FOUND = 5,
	CODE_ALREADY_EXISTS = 6,
	CODE_PERMISSION_DENIED = 7,
	CODE_RESOURCE_EXHAUSTED = 8,
	CODE_FAILED_PRECONDITION = 9,
	CODE_ABORTED = 10,
	CODE_OUT_OF_RANGE = 11,
	CODE_UNIMPLEMENTED = 12,
	CODE_INTERNAL = 13,
	CODE_UNAVAILABLE = 14,
	CODE_DATA_LOSS = 15,
	CODE_UNAUTHENTICATED = 16
};

/* What a code refers to. */
enum code_scope { CODE_OF_ROW, CODE_OF_REQUEST };

/**
 * code_name(code):
 * Return a name such as "NOT_FOUND"; "UNKNOWN" for a number without a name.
 */
const char *code_name(int code);

/**
 * code_class(code, scope):
 * Return the error class for ${code} when no retries are left.  ERR_TEMP: the
 * row (the request) itself was not rejected, and another run may succeed.
 */
enum err_class code_class(int code, enum code_scope scope);

/**
 * code_retries(code):
 * Return true if a request that failed with ${code} may be retried even if the
 * server named no delay: DEADLINE_EXCEEDED, ABORTED, UNAVAILABLE.
 */
bool code_retries(int code);

/**
 * code_splits(code):
 * Return true if a request refused with ${code} may be accepted in parts;
 * false if each part would fail for the same reason: no table, no permission,
 * not in this state, no such method, no quota.
 */
bool code_splits(int code);

#endif /* !NF_LOAD_CODE_H */
