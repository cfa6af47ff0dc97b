/* SPDX-License-Identifier: Apache-2.0 */
#include "load/named.h"

#include <stdlib.h>

#include "lib/base/err.h"
#include "tests/unit/check.h"

/* So many that a look-up which is not quick would take hours. */
#define MANY 300000UL

/* The name of object ${i}; some are empty or differ in their length only. */
static struct bytes
make_name(unsigned long i, char text[32])
{
	int n = i == 0 ? 0 : snprintf(text, 32, "t%0*lu", (int)(i % 5), i);

	return ((struct bytes){ (const uint8_t *)text, (size_t)n });
}

static void
test_many(void)
{
	struct named_list l = { .first = NULL };
	struct named *all = calloc(MANY, sizeof(*all));
	struct err e = { 0 };
	char text[32];
	unsigned long i, at, wrong = 0;

	if (!CHECK(all != NULL))
		return;
	CHECK(named_find(&l, make_name(1, text)) == NULL);
	for (i = 0; i < MANY; i++)
		wrong += named_add(&l, &all[i], make_name(i, text), &e) == -1;
	/* In no order: 7919 is prime. */
	for (i = 0, at = 0; i < MANY; i++, at = (at + 7919) % MANY)
		wrong += named_find(&l, make_name(at, text)) != &all[at] ||
		    named_find(&l, make_name(at, text)) != &all[at];
	CHECK_UINT(wrong, 0);
	CHECK(named_find(&l, make_name(MANY, text)) == NULL);
	CHECK_UINT(l.n, MANY);
	/* The last comes first. */
	for (i = MANY; i-- > 0;)
		wrong += named_drop(&l) != &all[i] ||
		    named_find(&l, make_name(0, text)) != NULL;
	CHECK_UINT(wrong, 0);
	CHECK(named_drop(&l) == NULL);
	free(all);
}

/* A list that was emptied is as good as a new one. */
static void
test_again(void)
{
	struct named_list l = { .first = NULL };
	struct named x[3];
	struct err e = { 0 };
	char text[32];
	unsigned long i, round;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 3; i++)
			CHECK_INT(named_add(&l, &x[i], make_name(i, text), &e),
			    0);
		for (i = 0; i < 3; i++)
			CHECK(named_find(&l, make_name(i, text)) == &x[i]);
		CHECK_STR((const char *)x[1].name.p, "t1");
		while (named_drop(&l) != NULL)
			continue;
		CHECK(named_find(&l, make_name(1, text)) == NULL);
	}
}

int
main(void)
{

	TEST(test_many);
	TEST(test_again);
	return (check_done());
}
