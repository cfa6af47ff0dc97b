/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/loop.h"

#include "lib/base/err.h"
#include "tests/unit/check.h"

/* Steps until a walk that comes to a circle of so many positions knows. */
static unsigned
steps(unsigned tail, unsigned around, unsigned most)
{
	struct err e = { 0 };
	struct loop *c = loop_new(&e);
	unsigned i, at;

	for (i = 0; i < most; i++) {
		at = i < tail ? i : tail + (i - tail) % around;
		if (loop_step(c, &at, sizeof(at)))
			break;
	}
	loop_free(c);
	return (i);
}

/* The first position that comes again, if it is not long ago. */
static void
test_near(void)
{

	CHECK_UINT(steps(0, 1, 100), 1);
	CHECK_UINT(steps(7, 2, 100), 9);
	CHECK_UINT(steps(50000, 1000, 100000), 51000);
	CHECK_UINT(steps(0, LOOP_NEAR, 100000), LOOP_NEAR);
}

static void
test_far(void)
{
	const unsigned around[] = { LOOP_NEAR + 1, 32768, 40000, 200000 };
	unsigned i, n;

	for (i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		n = steps(0, around[i], 5 * around[i]);
		CHECK(n >= around[i]);
		CHECK(n < 3 * around[i]);
	}
	CHECK(steps(300000, 20000, 2000000) < 600000);
}

static void
test_straight(void)
{

	CHECK_UINT(steps(500000, 1, 500000), 500000);
}

int
main(void)
{

	TEST(test_near);
	TEST(test_far);
	TEST(test_straight);
	return (check_done());
}
