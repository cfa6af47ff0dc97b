/* SPDX-License-Identifier: Apache-2.0 */
#include "load/ranges.h"

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "lib/base/err.h"

static int
in_range(const struct target_range *g, struct bytes k)
{
	int c = bytes_compare(k, g->start);

	if (c < 0 || (c == 0 && g->start_open))
		return (0);
	if (g->end.n == 0 && !g->end_closed)
		return (1);
	c = bytes_compare(k, g->end);
	return (c < 0 || (c == 0 && g->end_closed));
}

static unsigned int
count(const struct ranges *r, struct bytes k)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < r->n; i++)
		n += (unsigned int)in_range(&r->range[i], k);
	return (n);
}

/*
 * Random sets over a small alphabet: normalised they hold the same keys,
 * each once, and are in order.
 */
static void
test_random(void)
{
	static const char *const keys[] = { "a", "aa", "ab", "b", "ba", "bb",
		"c", "ca", "d" };
	const size_t n = sizeof(keys) / sizeof(keys[0]);
	struct err e = { 0 };
	unsigned int round, before[16];
	size_t i, j;

	srand(7);
	for (round = 0; round < 2000; round++) {
		struct ranges r = { 0 };

		for (i = 0; i < 1 + (size_t)rand() % 5; i++) {
			struct target_range g = {
				bytes_of(keys[(size_t)rand() % n]),
				bytes_of(keys[(size_t)rand() % n]),
				rand() % 2, rand() % 2 };

			if (rand() % 5 == 0) {
				g.end.n = 0;
				g.end_closed = false;
			}
			ranges_add(&r, &g, &e);
			if (rand() % 3 == 0)
				ranges_add_key(&r,
				    bytes_of(keys[(size_t)rand() % n]), &e);
		}
		for (j = 0; j < n; j++)
			before[j] = count(&r, bytes_of(keys[j])) > 0;
		ranges_normalize(&r);
		for (j = 0; j < n; j++)
			if (count(&r, bytes_of(keys[j])) != before[j] ||
			    ranges_have(&r, bytes_of(keys[j])) !=
			    (before[j] != 0))
				CHECK_STR(keys[j], "in the set as before");
		for (j = 1; j < r.n; j++)
			if (bytes_compare(r.range[j - 1].start,
			    r.range[j].start) > 0)
				CHECK_STR("ranges", "in order");
		ranges_free(&r);
	}
	CHECK_INT(e.class, ERR_NONE);
}

static void
test_text(void)
{
	struct ranges r = { 0 };
	struct err e = { 0 };

	CHECK_INT(ranges_add_text(&r, "[a,b)", &e), 0);
	CHECK_INT(ranges_add_text(&r, "(a,b]", &e), 0);
	CHECK_INT(ranges_add_text(&r, "[,)", &e), 0);
	CHECK(!r.range[0].start_open && !r.range[0].end_closed);
	CHECK(r.range[1].start_open && r.range[1].end_closed);
	CHECK_MEM(r.range[1].end.p, r.range[1].end.n, "b");
	CHECK_UINT(r.range[2].start.n + r.range[2].end.n, 0);
	CHECK_INT(ranges_add_text(&r, "a,b", &e), -1);
	CHECK_INT(e.class, ERR_USAGE);
	err_clear(&e);
	CHECK_INT(ranges_add_text(&r, "[ab]", &e), -1);
	ranges_free(&r);
}

static void
test_prefix(void)
{
	struct ranges r = { 0 };
	struct err e = { 0 };
	struct bytes ff = { (const uint8_t *)"a\377\377", 3 };

	ranges_add_prefix(&r, bytes_of("ab"), &e);
	CHECK_MEM(r.range[0].end.p, r.range[0].end.n, "ac");
	ranges_add_prefix(&r, ff, &e);
	CHECK_MEM(r.range[1].start.p, r.range[1].start.n, "a\377\377");
	CHECK_MEM(r.range[1].end.p, r.range[1].end.n, "b");
	ranges_add_prefix(&r, (struct bytes){ ff.p + 1, 2 }, &e);
	CHECK_UINT(r.range[2].end.n, 0);
	CHECK_MEM(r.range[2].start.p, r.range[2].start.n, "\377\377");
	ranges_free(&r);
}

/* Keys of a file: lines of either kind, empty ones, no end of the last. */
static void
test_file(void)
{
	static const char path[] = "/tmp/nf-test-ranges.XXXXXX";
	static const char text[] = "b\r\n\na\nca";
	struct ranges r = { 0 };
	struct err e = { 0 };
	char name[sizeof(path)];
	int fd;

	memcpy(name, path, sizeof(path));
	CHECK((fd = mkstemp(name)) != -1);
	CHECK_INT(write(fd, text, sizeof(text) - 1), (long)sizeof(text) - 1);
	close(fd);
	CHECK(!ranges_have(&r, bytes_of("a")));
	CHECK_INT(ranges_add_file(&r, name, '\n', &e), 0);
	ranges_normalize(&r);
	CHECK_UINT(r.n, 3);
	CHECK(ranges_have(&r, bytes_of("a")) && ranges_have(&r, bytes_of("b")));
	CHECK(ranges_have(&r, bytes_of("ca")) &&
	    !ranges_have(&r, bytes_of("c")) && !ranges_have(&r, bytes_of("")));
	unlink(name);
	CHECK_INT(ranges_add_file(&r, name, '\n', &e), -1);
	CHECK_INT(e.class, ERR_CONFIG);
	ranges_free(&r);
}

int
main(void)
{

	TEST(test_text);
	TEST(test_prefix);
	TEST(test_file);
	TEST(test_random);
	return (check_done());
}
