/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/position.h"

#include <string.h>

#include "tests/unit/check.h"

/*
 * Texts that lead from page to page of ${size} records: do all of them follow?
 */
static bool
follows_all(const char *first, const char *const *text, uint64_t size)
{
	struct position_past past = { .records = size };
	struct position p;
	bool all = true;

	position_start(&p, first, strlen(first));
	for (; *text != NULL; text++) {
		past.walked += size;
		past.pages++;
		all = position_step(&p, *text, strlen(*text), &past) && all;
	}
	return (all);
}

#define TEXTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
test_positions(void)
{
	static const char list[] = "http://127.0.0.1:8001/v1/l";

	CHECK(follows_all("", TEXTS("40", "80", "120"), 40));
	CHECK(follows_all("", TEXTS("39", "79", "119"), 40));
	CHECK(follows_all("", TEXTS("c41", "c81", "c121"), 40));
	CHECK(follows_all("", TEXTS("YXJyYXljb25uZWN0aW9uOjM5",
	    "YXJyYXljb25uZWN0aW9uOjc5", "YXJyYXljb25uZWN0aW9uOjExOQ=="), 40));
	CHECK(follows_all("", TEXTS("MTYw", "MzIw"), 160));
	CHECK(follows_all("", TEXTS("{\"o\":10}", "{\"o\":20}"), 10));
	CHECK(follows_all("", TEXTS("eyJvZmZzZXQiOjEwfQ",
	    "eyJvZmZzZXQiOjIwfQ"), 10)); /* {"offset":10} */
	CHECK(follows_all("", TEXTS("000010", "000020"), 10));
	CHECK(follows_all(list, TEXTS("http://127.0.0.1:8001/v1/l?%24s=40",
	    "http://127.0.0.1:8001/v1/l?%24s=80"), 40));
	CHECK(follows_all(list, TEXTS("http://127.0.0.1:8001/v1/l?c=MTYw",
	    "http://127.0.0.1:8001/v1/l?c=MzIw"), 160));
	CHECK(follows_all(list, TEXTS("http://127.0.0.1:8001/v1/l?p=2",
	    "http://127.0.0.1:8001/v1/l?p=3"), 40));
	/* Rows that are hidden: the place runs ahead of the records. */
	CHECK(follows_all("", TEXTS("50", "100", "150"), 45));
}

static void
test_keys(void)
{
	static const char list[] = "http://127.0.0.1:8001/v1/l";

	CHECK(!follows_all("", TEXTS("981207", "981333", "981400"), 40));
	CHECK(!follows_all("", TEXTS("abc", "abd"), 40));
	CHECK(!follows_all("", TEXTS(""), 40));
	CHECK(!follows_all("", TEXTS("5feceb66ffc86f38d952786c6d696c79",
	    "6b86b273ff34fce19d6b804eff5a3f57"), 10));
	CHECK(!follows_all("", TEXTS("2026-01-31T10:11:12Z",
	    "2026-02-02T08:00:59Z", "2026-02-09T08:00:59Z"), 10));
	CHECK(!follows_all(list, TEXTS("http://127.0.0.1:8001/v1/l?after=aa",
	    "http://127.0.0.1:8001/v1/l?after=ab"), 1));
	CHECK(!follows_all("", TEXTS("35260112345678000195550010000001231",
	    "35260112345678000195550010000009991"), 40));
}

static void
test_holds(void)
{
	const struct position_past past = { .walked = 160, .pages = 4 };

	CHECK(position_holds("160", 3, &past));
	CHECK(position_holds("$skiptoken=160", 14, &past));
	CHECK(position_holds("159", 3, &past));
	CHECK(position_holds("p5", 2, &past));
	CHECK(!position_holds("777", 3, &past));
	CHECK(!position_holds("old", 3, &past));
}

int
main(void)
{

	TEST(test_positions);
	TEST(test_keys);
	TEST(test_holds);
	return (check_done());
}
