/* SPDX-License-Identifier: Apache-2.0 */
#include "load/bigtable/retry.h"

#include "check.h"
#include "load/bigtable/rpc.h"

static void
again(void)
{
	int code;

	for (code = 1; code <= 16; code++) {
		CHECK_INT(retry_again(code, "", -1),
		    code == RPC_DEADLINE_EXCEEDED || code == RPC_ABORTED ||
		    code == RPC_UNAVAILABLE);
		/* Whatever the server gives a delay for. */
		CHECK(retry_again(code, "", 0));
		CHECK(retry_again(code, NULL, 5));
	}
	CHECK(retry_again(RPC_INTERNAL, "Received RST_STREAM with code 2", -1));
	CHECK(retry_again(RPC_INTERNAL, "stream: Rst Stream", -1));
	CHECK(!retry_again(RPC_INTERNAL, "a bug", -1));
	CHECK(!retry_again(RPC_INTERNAL, NULL, -1));
	CHECK(!retry_again(RPC_UNKNOWN, "RST_STREAM", -1));
}

static void
classes(void)
{

	CHECK_INT(retry_class(RPC_UNAVAILABLE, true), ERR_TEMP);
	CHECK_INT(retry_class(RPC_RESOURCE_EXHAUSTED, false), ERR_TEMP);
	CHECK_INT(retry_class(RPC_CANCELLED, false), ERR_TEMP);
	CHECK_INT(retry_class(RPC_PERMISSION_DENIED, false), ERR_PERM);
	CHECK_INT(retry_class(RPC_UNAUTHENTICATED, true), ERR_PERM);
	CHECK_INT(retry_class(RPC_NOT_FOUND, true), ERR_CONFIG);
	CHECK_INT(retry_class(RPC_NOT_FOUND, false), ERR_REFUSED);
	CHECK_INT(retry_class(RPC_FAILED_PRECONDITION, true), ERR_CONFIG);
	CHECK_INT(retry_class(RPC_FAILED_PRECONDITION, false), ERR_REFUSED);
	CHECK_INT(retry_class(RPC_INVALID_ARGUMENT, true), ERR_REFUSED);
	CHECK_INT(retry_class(RPC_INTERNAL, true), ERR_TEMP);
	CHECK_INT(retry_class(RPC_INTERNAL, false), ERR_REFUSED);
	CHECK_INT(retry_class(RPC_UNKNOWN, true), ERR_TEMP);
	CHECK_INT(retry_class(RPC_DATA_LOSS, true), ERR_TEMP);
	CHECK(retry_hopeless(RPC_NOT_FOUND));
	CHECK(retry_hopeless(RPC_RESOURCE_EXHAUSTED));
	CHECK(!retry_hopeless(RPC_INVALID_ARGUMENT));
}

static void
certificates(void)
{

	CHECK(retry_untrusted(RPC_UNAVAILABLE, "Ssl handshake failed: "
	    "SSL_ERROR_SSL: error:0A000086:SSL routines::certificate verify "
	    "failed"));
	CHECK(retry_untrusted(RPC_UNAVAILABLE,
	    "Peer name localhost is not in peer certificate"));
	CHECK(!retry_untrusted(RPC_UNAVAILABLE, "Connection refused"));
	CHECK(!retry_untrusted(RPC_INTERNAL, "certificate verify failed"));
}

static void
names(void)
{

	CHECK_STR(retry_name(0), "OK");
	CHECK_STR(retry_name(RPC_UNAVAILABLE), "UNAVAILABLE");
	CHECK_STR(retry_name(RPC_UNAUTHENTICATED), "UNAUTHENTICATED");
	CHECK_STR(retry_name(17), "UNKNOWN");
	CHECK_STR(retry_name(-1), "UNKNOWN");
}

int
main(void)
{

	TEST(again);
	TEST(classes);
	TEST(certificates);
	TEST(names);
	return (check_done());
}
