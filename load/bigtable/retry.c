/* SPDX-License-Identifier: Apache-2.0 */
#include "retry.h"

#include <string.h>

#include "load/code.h"

static bool
is_stream_reset(const char *message)
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

	return (code == CODE_UNAVAILABLE &&
	    (strstr(message, "certificate verify failed") != NULL ||
	    strstr(message, "CERTIFICATE_VERIFY_FAILED") != NULL ||
	    strstr(message, "is not in peer certificate") != NULL));
}

bool
retry_renews(int code, bool *renewed)
{

	if (code != CODE_UNAUTHENTICATED || *renewed)
		return (false);
	*renewed = true;
	return (true);
}

bool
retry_again(int code, const char *message, int64_t retry_ms)
{

	return (code_retries(code) || retry_ms >= 0 ||
	    (code == CODE_INTERNAL && is_stream_reset(message)));
}
