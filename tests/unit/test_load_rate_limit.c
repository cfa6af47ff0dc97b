/* SPDX-License-Identifier: Apache-2.0 */
#include "load/bigtable/rate_limit.h"

#include "check.h"
#include "load/code.h"

/* Requests that may go in ${ms} from ${now} on. */
static int
requests(struct rate_limit *f, int64_t now, int64_t ms)
{
	int64_t end = now + ms;
	int n = 0;

	while ((now = rate_limit_at(f, now)) < end) {
		rate_limit_sent(f, now);
		n++;
	}
	return (n);
}

static void
rates(void)
{
	struct rate_limit f;

	rate_limit_init(&f);
	CHECK_INT(rate_limit_at(&f, 1000), 1000);
	rate_limit_sent(&f, 1000);
	CHECK_INT(rate_limit_at(&f, 1000), 1000); /* no limit was spoken of */
	rate_limit_info(&f, 1000, 1.0, 1000);
	CHECK_INT(requests(&f, 2000, 10000), 100);
	/* A factor counts once a period, and is bounded. */
	rate_limit_info(&f, 12000, 0.1, 10000); /* to 7 a second */
	rate_limit_info(&f, 12001, 0.1, 10000);
	CHECK_INT(requests(&f, 13000, 10000), 71);
	rate_limit_info(&f, 30000, 100, 10000); /* to 9.1 */
	CHECK_INT(requests(&f, 30000, 10000), 92);
}

/* What went while there was no limit is not made up for. */
static void
begins(void)
{
	struct rate_limit f;
	int i;

	rate_limit_init(&f);
	for (i = 0; i < 1000; i++)
		rate_limit_sent(&f, 1000);
	rate_limit_info(&f, 1000, 1.0, 1000);
	CHECK_INT(requests(&f, 1000, 10000), 100);
	rate_limit_no_info(&f, 11000);
	for (i = 0; i < 1000; i++)
		rate_limit_sent(&f, 11000);
	rate_limit_info(&f, 12000, 1.0, 1000);
	CHECK_INT(requests(&f, 12000, 10000), 100);
}

static void
ends(void)
{
	struct rate_limit f;

	rate_limit_init(&f);
	rate_limit_info(&f, 0, 1.0, 1000);
	rate_limit_no_info(&f, 999);
	CHECK(f.on);
	rate_limit_no_info(&f, 1000);
	CHECK(!f.on);
	/* Nonsense does not switch it on. */
	rate_limit_info(&f, 2000, 0, 1000);
	rate_limit_info(&f, 2000, -1, 1000);
	rate_limit_info(&f, 2000, 1, 0);
	rate_limit_failed(&f, 2000, CODE_UNAVAILABLE);
	CHECK(!f.on);
	CHECK_INT((int)f.rate, 10);
}

static void
failures(void)
{
	struct rate_limit f;
	int i;

	rate_limit_init(&f);
	rate_limit_info(&f, 0, 1.0, 1000);
	rate_limit_failed(&f, 1000, CODE_INVALID_ARGUMENT);
	CHECK_INT((int)f.rate, 10);
	rate_limit_failed(&f, 1000, CODE_UNAVAILABLE);
	CHECK_INT((int)f.rate, 7);
	rate_limit_failed(&f, 10999, CODE_RESOURCE_EXHAUSTED);
	CHECK_INT((int)f.rate, 7);
	rate_limit_failed(&f, 11000, CODE_DEADLINE_EXCEEDED);
	CHECK_INT((int)(f.rate * 10 + 0.5), 49);
	/* Never so slow that nothing goes on. */
	for (i = 0; i < 100; i++)
		rate_limit_failed(&f, 100000 * (i + 1), CODE_UNAVAILABLE);
	CHECK_INT((int)(f.rate * 100 + 0.5), 10);
}

int
main(void)
{

	TEST(rates);
	TEST(begins);
	TEST(ends);
	TEST(failures);
	return (check_done());
}
