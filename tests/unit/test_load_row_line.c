/* SPDX-License-Identifier: Apache-2.0 */
#include "load/row_line.h"

#include <stdlib.h>

#include "check.h"
#include "lib/base/err.h"
#include "lib/json/scan.h"
#include "load/mutation.h"
#include "load/row.h"

static void
test_names(void)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "plain", "\"plain\"" },
		{ "\xff", "{\"base64\":\"/w==\"}" },
		{ "a\x01", "\"a\\u0001\"" },
		{ "\x01\x01\x01", "{\"base64\":\"AQEB\"}" },
		{ "\x7f\x7f\x7f\x7f", "{\"base64\":\"f39/fw==\"}" },
		/* It would be shorter, but is read by people. */
		{ "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\n",
		    "\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\""
		    "\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\n\"" }
	};
	struct buf b;
	size_t i;

	buf_init(&b, 1024);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		row_line_name(&b, bytes_of(t[i].in));
		CHECK_STR(buf_cstr(&b), t[i].out);
		buf_reset(&b);
	}
	buf_free(&b);
}

/*
 * What a line is reads as it was, and no line of several cells is longer
 * than it may be.
 */
static void
check_line(const struct row *r, size_t from, size_t to, struct buf *line)
{
	const struct mutation_defaults d = { { NULL, 0 }, MUTATION_NO_TS };
	struct mutation m;
	struct row_cell c;
	struct err e = { 0 };
	size_t i;

	mutation_init(&m);
	buf_reserve(line, SCAN_PAD);
	CHECK(mutation_parse(&m, line->data, line->len - 1, &d, &e) == 0);
	CHECK(m.ncells == to - from);
	for (i = from; i < to && i - from < m.ncells; i++) {
		c = row_cell(r, i);
		CHECK(bytes_equal(c.family, m.cell[i - from].family));
		CHECK(bytes_equal(c.qualifier, m.cell[i - from].qualifier));
		CHECK(bytes_equal(c.value, m.cell[i - from].value));
		CHECK(c.ts == m.cell[i - from].ts);
	}
	mutation_free(&m);
}

/* Cells of bytes of one kind each, of all kinds. */
static void
fill(struct row *r)
{
	static const char *const kind[] = { "x", "\x01", "\"", "\xc3\xa9",
		"\xff", "\n", "\x7f" };
	char name[3] = "a";
	size_t i, j;

	row_begin(r, bytes_of("\x01\x02\x03\x04"));
	for (i = 0; i < 400; i++) {
		name[0] = (char)('a' + i % 26);
		name[1] = (char)(i / 26 + 1);
		row_add(r, bytes_of("f"), bytes_of(name), 1000);
		for (j = 0; j < i * 5 % 700; j++)
			row_value(r, kind[i % 7], strlen(kind[i % 7]));
	}
	row_sort(r);
}

static void
test_lines(void)
{
	struct row r;
	struct buf b;
	size_t from = 0, to;

	row_init(&r);
	buf_init(&b, (size_t)1 << 20);
	fill(&r);
	while (from < r.n) {
		to = row_line_write(&b, "t", &r, from, 4096);
		CHECK(to == from + 1 || b.len <= 4096);
		check_line(&r, from, to, &b);
		buf_reset(&b);
		from = to;
	}
	CHECK(from == r.n);
	buf_free(&b);
	row_free(&r);
}

/* A long value of quotes is no longer than it must be. */
static void
test_long(void)
{
	struct row r;
	struct buf b;
	size_t i;

	row_init(&r);
	buf_init(&b, (size_t)1 << 20);
	row_begin(&r, bytes_of("k"));
	row_add(&r, bytes_of("f"), bytes_of("q"), 1000);
	for (i = 0; i < 9000; i++)
		row_value(&r, "\"", 1);
	CHECK(row_line_write(&b, "t", &r, 0, 1024) == 1);
	CHECK(b.len < 12200);
	check_line(&r, 0, 1, &b);
	buf_free(&b);
	CHECK(row_size(&r) > 9000);
	row_trim(&r, 1 << 20);
	CHECK(r.n == 1);
	row_trim(&r, 9000);
	CHECK(r.n == 0 && r.data.cap == 0 && r.cap == 0);
	row_free(&r);
}

/* No line has more cells than one may have, however long it may be. */
static void
test_many(size_t max)
{
	struct row r;
	struct buf b;
	char name[8];
	size_t i, to;

	row_init(&r);
	buf_init(&b, (size_t)64 << 20);
	row_begin(&r, bytes_of("k"));
	for (i = 0; i <= BIGTABLE_MAX_CELLS; i++) {
		snprintf(name, sizeof(name), "%06zu", i);
		row_add(&r, bytes_of("f"), bytes_of(name), 1000);
	}
	to = row_line_write(&b, "t", &r, 0, max);
	CHECK_INT(to, BIGTABLE_MAX_CELLS);
	check_line(&r, 0, to, &b);
	buf_reset(&b);
	CHECK(row_line_write(&b, "t", &r, to, max) == r.n);
	check_line(&r, to, r.n, &b);
	buf_free(&b);
	row_free(&r);
}

int
main(void)
{

	TEST(test_names);
	TEST(test_lines);
	TEST(test_long);
	test_many((size_t)16 << 20);
	test_many((size_t)1 << 30);
	return (check_done());
}
