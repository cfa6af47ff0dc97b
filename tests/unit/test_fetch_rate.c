/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/rate.h"

#include "fetch/seen.h"
#include "fetch/source/budget.h"
#include "lib/base/err.h"
#include "tests/unit/check.h"

#define MANY 5000

/* However requests are wanted, no span has more than the budget. */
static void
test_budget(void)
{
	static int64_t at[MANY];
	struct budget b;
	struct err e = { 0 };
	struct rate *r = rate_new(&e);
	int64_t now = 1000, w;
	int i;

	CHECK(budget_parse("7/s", &b) == 0 && rate_add(r, &b, &e) == 0);
	CHECK(budget_parse("20/5s", &b) == 0 && rate_add(r, &b, &e) == 0);
	for (i = 0; i < MANY; i++) {
		now += i % 13 == 0 ? 300 : 0;
		while ((w = rate_wait(r, now)) > 0)
			now += w;
		rate_sent(r, now);
		at[i] = now;
		CHECK(i < 7 || at[i] - at[i - 7] >= 1000);
		CHECK(i < 20 || at[i] - at[i - 20] >= 5000);
	}
	rate_free(r);
	r = rate_new(&e);
	CHECK_INT(rate_wait(r, 0), 0);
	rate_free(r);
}

static void
test_parse(void)
{
	static const char *const bad[] = { "", "5", "5/", "/s", "0/s", "5/x",
		"5/0s", "-5/s", "5 /s", "5/s ", "100001/s", "1.5/s" };
	static const char *const good[] = { "1/s", "90/min", "5/15s",
		"10000/d", "100000/h", "2/minute" };
	struct budget b;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(budget_parse(bad[i], &b) == -1);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(budget_parse(good[i], &b) == 0);
}

/* Ids are remembered for SEEN_MAX others, and no longer. */
static void
test_seen(void)
{
	struct err e = { 0 };
	struct seen *s = seen_new(SEEN_MAX, &e);
	unsigned i, again = 0, missed = 0;
	unsigned v;

	for (i = 0; i < 3 * SEEN_MAX; i++) {
		again += seen_add(s, &i, sizeof(i));
		if (i % 1000 == 0 && i >= SEEN_MAX) {
			v = i - SEEN_MAX + 1;
			missed += !seen_add(s, &v, sizeof(v));
			v = i - SEEN_MAX / 2;
			missed += !seen_add(s, &v, sizeof(v));
		}
	}
	CHECK_UINT(again, 0);
	CHECK_UINT(missed, 0);
	v = 5;
	CHECK(!seen_add(s, &v, sizeof(v)));
	CHECK(seen_add(s, &v, sizeof(v)));
	CHECK(!seen_add(s, "", 0));
	CHECK(seen_add(s, "", 0));
	seen_free(s);
}

int
main(void)
{

	TEST(test_budget);
	TEST(test_parse);
	TEST(test_seen);
	return (check_done());
}
