/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/backoff.h"

#include "lib/base/clock.h"
#include "tests/unit/check.h"

/* Delays stay within what doubles up to the cap, and use that room. */
static void
test_range(void)
{
	static const int64_t most[] = { 100, 200, 400, 500, 500 };
	int64_t d, high[5] = { 0 };
	struct backoff b;
	int i, round;

	for (round = 0; round < 500; round++) {
		backoff_init(&b, 100, 500, 6, 0);
		for (i = 0; i < 5; i++) {
			d = backoff_next(&b, 0);
			CHECK(d >= 0 && d <= most[i]);
			if (d > high[i])
				high[i] = d;
		}
		CHECK_INT(backoff_next(&b, 0), -1);
	}
	for (i = 0; i < 5; i++)
		CHECK(high[i] > most[i] / 2);
}

static void
test_at_least(void)
{
	struct backoff b;
	int64_t d;

	backoff_init(&b, 10, 20, 3, 0);
	d = backoff_next(&b, 5000);
	CHECK(d >= 5000 && d <= 5010);
	d = backoff_next(&b, INT64_MAX);
	CHECK(d >= INT64_MAX / 2);
}

static void
test_limits(void)
{
	struct backoff b;
	int i;

	backoff_init(&b, 10, 20, 1, 0);
	CHECK_INT(backoff_next(&b, 0), -1);

	/* What the server asks for lies behind the deadline. */
	backoff_init(&b, 10, 20, 100, 1000);
	CHECK(backoff_next(&b, 0) >= 0);
	CHECK_INT(backoff_next(&b, 2000), -1);

	/* Never overflows, never beyond the cap. */
	backoff_init(&b, UINT32_MAX, 1000, UINT32_MAX, UINT64_MAX);
	for (i = 0; i < 200; i++)
		CHECK(backoff_next(&b, 0) <= 1000);
}

int
main(void)
{

	TEST(test_range);
	TEST(test_at_least);
	TEST(test_limits);
	return (check_done());
}
