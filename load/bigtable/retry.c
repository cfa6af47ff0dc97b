/* SPDX-License-Identifier: Apache-2.0 */
#include "retry.h"

#include <string.h>

#include "rpc.h"

static bool
stream_was_reset(const char *message)
{

	return (message != NULL &&
	    (strstr(message, "RST_STREAM") != NULL ||
	    strstr(message, "Rst Stream") != NULL ||
	    strstr(message, "Rst stream") != NULL ||
	    strstr(message, "unexpected EOS on DATA frame") != NULL));
}

bool
retry_untrusted(int code, const char *message)
{

	return (code == RPC_UNAVAILABLE &&
	    (strstr(message, "certificate verify failed") != NULL ||
	    strstr(message, "CERTIFICATE_VERIFY_FAILED") != NULL ||
	    strstr(message, "is not in peer certificate") != NULL));
}

bool
retry_again(int code, const char *message, int64_t retry_ms)
{

	switch (code) {
	case RPC_DEADLINE_EXCEEDED:
	case RPC_ABORTED:
	case RPC_UNAVAILABLE:
		return (true);
	case RPC_INTERNAL:
		return (retry_ms >= 0 || stream_was_reset(message));
	default:
		return (retry_ms >= 0);
	}
}

bool
retry_hopeless(int code)
{

	return (code == RPC_NOT_FOUND || code == RPC_PERMISSION_DENIED ||
	    code == RPC_FAILED_PRECONDITION || code == RPC_UNAUTHENTICATED ||
	    code == RPC_UNIMPLEMENTED || retry_temporary(code));
}

bool
retry_temporary(int code)
{

	return (code == RPC_CANCELLED || code == RPC_DEADLINE_EXCEEDED ||
	    code == RPC_RESOURCE_EXHAUSTED || code == RPC_ABORTED ||
	    code == RPC_UNAVAILABLE);
}

bool
retry_lost(int code)
{

	return (code == RPC_UNKNOWN || code == RPC_INTERNAL ||
	    code == RPC_DATA_LOSS);
}

enum err_class
retry_class(int code, bool whole)
{

	if (retry_temporary(code) || (whole && retry_lost(code)))
		return (ERR_TEMP);
	if (code == RPC_PERMISSION_DENIED || code == RPC_UNAUTHENTICATED)
		return (ERR_PERM);
	if ((code == RPC_NOT_FOUND || code == RPC_FAILED_PRECONDITION) &&
	    whole)
		return (ERR_CONFIG);
	return (ERR_REFUSED);
}

const char *
retry_name(int code)
{
	static const char *const name[] = { "OK", "CANCELLED", "UNKNOWN",
		"INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
		"ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
		"FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
		"UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
		"UNAUTHENTICATED" };

	if (code < 0 || (size_t)code >= sizeof(name) / sizeof(name[0]))
		return ("UNKNOWN");
	return (name[code]);
}
