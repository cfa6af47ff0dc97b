/* SPDX-License-Identifier: Apache-2.0 */
#include "load/bigtable/rate_limit.h"

#include "load/bigtable/rpc.h"

#include "check.h"

/* Requests that may go in ${ms} from ${now} on. */
static int
requests(struct flow *f, int64_t now, int64_t ms)
{
	int64_t end = now + ms;
	int n = 0;

	while ((now = flow_at(f, now)) < end) {
		flow_sent(f, now);
		n++;
	}
	return (n);
}

static void
rates(void)
{
	struct flow f;

	flow_init(&f);
	CHECK_INT(flow_at(&f, 1000), 1000);
	flow_sent(&f, 1000);
	CHECK_INT(flow_at(&f, 1000), 1000); /* no limit was spoken of */
	flow_info(&f, 1000, 1.0, 1000);
	CHECK_INT(requests(&f, 2000, 10000), 100);
	/* A factor counts once a period, and is bounded. */
	flow_info(&f, 12000, 0.1, 10000); /* to 7 a second */
	flow_info(&f, 12001, 0.1, 10000);
	CHECK_INT(requests(&f, 13000, 10000), 71);
	flow_info(&f, 30000, 100, 10000); /* to 9.1 */
	CHECK_INT(requests(&f, 30000, 10000), 92);
}

/* What went while there was no limit is not made up for. */
static void
begins(void)
{
	struct flow f;
	int i;

	flow_init(&f);
	for (i = 0; i < 1000; i++)
		flow_sent(&f, 1000);
	flow_info(&f, 1000, 1.0, 1000);
	CHECK_INT(requests(&f, 1000, 10000), 100);
	flow_no_info(&f, 11000);
	for (i = 0; i < 1000; i++)
		flow_sent(&f, 11000);
	flow_info(&f, 12000, 1.0, 1000);
	CHECK_INT(requests(&f, 12000, 10000), 100);
}

static void
ends(void)
{
	struct flow f;

	flow_init(&f);
	flow_info(&f, 0, 1.0, 1000);
	flow_no_info(&f, 999);
	CHECK(f.on);
	flow_no_info(&f, 1000);
	CHECK(!f.on);
	/* Nonsense does not switch it on. */
	flow_info(&f, 2000, 0, 1000);
	flow_info(&f, 2000, -1, 1000);
	flow_info(&f, 2000, 1, 0);
	flow_failed(&f, 2000, RPC_UNAVAILABLE);
	CHECK(!f.on);
	CHECK_INT((int)f.rate, 10);
}

static void
failures(void)
{
	struct flow f;
	int i;

	flow_init(&f);
	flow_info(&f, 0, 1.0, 1000);
	flow_failed(&f, 1000, RPC_INVALID_ARGUMENT);
	CHECK_INT((int)f.rate, 10);
	flow_failed(&f, 1000, RPC_UNAVAILABLE);
	CHECK_INT((int)f.rate, 7);
	flow_failed(&f, 10999, RPC_RESOURCE_EXHAUSTED);
	CHECK_INT((int)f.rate, 7);
	flow_failed(&f, 11000, RPC_DEADLINE_EXCEEDED);
	CHECK_INT((int)(f.rate * 10 + 0.5), 49);
	/* Never so slow that nothing goes on. */
	for (i = 0; i < 100; i++)
		flow_failed(&f, 100000 * (i + 1), RPC_UNAVAILABLE);
	CHECK_INT((int)(f.rate * 100 + 0.5), 10);
}

int
main(void)
{

	rates();
	begins();
	ends();
	failures();
	return (check_done());
}
