/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/record/unique.h"

#include "check.h"

static bool
same(struct unique_hash a, struct unique_hash b)
{

	return (a.a == b.a && a.b == b.b);
}

/* Each set has secrets of its own: who sends the texts cannot know them. */
static void
secret(void)
{
	static const char text[20] = "12345678901";
	struct unique *u = unique_new(10), *v = unique_new(10);
	struct unique_hash h = unique_hash(u, 0, text, 11);
	struct unique_hash g = unique_hash(v, 0, text, 11);

	CHECK(same(h, unique_hash(u, 0, text, 11)));
	CHECK(h.a != g.a && h.b != g.b && h.a != h.b);
	unique_free(u);
	unique_free(v);
}

/* What tells two texts apart: any byte, the length, the check. */
static void
apart(void)
{
	char text[28] = { 0 };
	struct unique *u = unique_new(10);
	struct unique_hash h[21 + 20 + 2];
	size_t n, i, j;

	for (n = 0; n <= 20; n++)
		h[n] = unique_hash(u, 0, text, n);
	for (i = 0; i < 20; i++) {
		text[i] = 1;
		h[n++] = unique_hash(u, 0, text, 20);
		text[i] = 0;
	}
	h[n++] = unique_hash(u, 1, text, 20);
	h[n++] = unique_hash(u, 2, text, 20);
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			CHECK(!same(h[i], h[j]));
	unique_free(u);
}

static void
limit(void)
{
	struct unique *u = unique_new(1000);
	uint64_t text[2] = { 0 }, *i = text;

	for (*i = 0; *i < 1000; ++*i) {
		CHECK(!unique_has(u, unique_hash(u, 0, i, sizeof(*i))));
		CHECK_INT(unique_add(u, unique_hash(u, 0, i, sizeof(*i))), 0);
	}
	CHECK_INT(unique_add(u, unique_hash(u, 0, i, sizeof(*i))), -1);
	for (*i = 0; *i < 1000; ++*i)
		CHECK(unique_has(u, unique_hash(u, 0, i, sizeof(*i))));
	unique_free(u);
}

int
main(void)
{

	TEST(secret);
	TEST(apart);
	TEST(limit);
	return (check_done());
}
