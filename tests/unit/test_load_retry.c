/* SPDX-License-Identifier: Apache-2.0 */
#include "load/bigtable/retry.h"

#include "check.h"
#include "load/code.h"

static void
again(void)
{
	int code;

	for (code = 1; code <= 16; code++) {
		CHECK_INT(retry_again(code, "", -1),
		    code == CODE_DEADLINE_EXCEEDED || code == CODE_ABORTED ||
		    code == CODE_UNAVAILABLE);
		/* Whatever the server gives a delay for. */
		CHECK(retry_again(code, "", 0));
		CHECK(retry_again(code, NULL, 5));
	}
	CHECK(retry_again(CODE_INTERNAL, "Received RST_STREAM with code 2", -1));
	CHECK(retry_again(CODE_INTERNAL, "stream: Rst Stream", -1));
	CHECK(!retry_again(CODE_INTERNAL, "a bug", -1));
	CHECK(!retry_again(CODE_INTERNAL, NULL, -1));
	CHECK(!retry_again(CODE_UNKNOWN, "RST_STREAM", -1));
}

static void
certificates(void)
{

	CHECK(retry_untrusted(CODE_UNAVAILABLE, "Ssl handshake failed: "
	    "SSL_ERROR_SSL: error:0A000086:SSL routines::certificate verify "
	    "failed"));
	CHECK(retry_untrusted(CODE_UNAVAILABLE,
	    "Peer name localhost is not in peer certificate"));
	CHECK(!retry_untrusted(CODE_UNAVAILABLE, "Connection refused"));
	CHECK(!retry_untrusted(CODE_INTERNAL, "certificate verify failed"));
}

int
main(void)
{

	TEST(again);
	TEST(certificates);
	return (check_done());
}
