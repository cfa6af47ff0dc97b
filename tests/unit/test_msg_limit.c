/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/report/msg_limit.h"

#include "tests/unit/check.h"

int
main(void)
{
	uint64_t hidden = 99;
	int i;

	for (i = 0; i < MSG_LIMIT_PER_SECOND; i++)
		CHECK(msg_limit_allow("retry", 5000 + i, &hidden));
	CHECK_UINT(hidden, 0);
	for (i = 0; i < 7; i++)
		CHECK(!msg_limit_allow("retry", 5999, &hidden));
	/* Another event has a second of its own. */
	CHECK(msg_limit_allow("restart", 5999, &hidden));
	CHECK_UINT(hidden, 0);
	/* The next second tells of the one before, once. */
	CHECK(msg_limit_allow("retry", 6000, &hidden));
	CHECK_UINT(hidden, 7);
	CHECK(msg_limit_allow("retry", 6000, &hidden));
	CHECK_UINT(hidden, 0);
	CHECK(msg_limit_rest(&hidden) == NULL);
	for (i = 0; i < MSG_LIMIT_PER_SECOND; i++)
		(void)msg_limit_allow("retry", 6001, &hidden);
	CHECK_STR(msg_limit_rest(&hidden), "retry");
	CHECK_UINT(hidden, 2);
	CHECK(msg_limit_rest(&hidden) == NULL);
	return (check_done());
}
