/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/scan_same.h"

#include "check.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/scan.h"

/* Is ${text} the same JSON value as ${other}? */
static bool
same(const char *text, const char *other)
{
	struct err e = { .class = ERR_NONE };
	struct scan s;
	struct buf b;
	bool is;

	scan_init(&s);
	buf_init(&b, 4096);
	buf_puts(&b, text);
	CHECK_INT(scan_text(&s, b.data, b.len, &e), 0);
	is = scan_same_text(&s, 0, other);
	buf_free(&b);
	scan_free(&s);
	return (is);
}

static void
numbers_by_value(void)
{

	CHECK(same("10", "1e1") && same("10.0", "1E+1") && same("100", "1e2"));
	CHECK(same("0.5", "5e-1") && same("-0", "0.0") && same("0e9", "0"));
	CHECK(!same("10", "1") && !same("1e1", "1e-1") && !same("-1", "1"));
	CHECK(!same("1e400", "1e401") && !same("1e400", "1e-400"));
	CHECK(!same("1e2000000", "1e-2000000") && !same("1e-2000000", "1"));
	CHECK(!same("1e99999999999999999999", "1e-99999999999999999999"));
}

static void
texts_and_members(void)
{

	CHECK(same("\"\\u0061\"", "\"a\"") && !same("\"1\"", "1"));
	CHECK(same("{\"a\":1,\"b\":[2]}", "{\"b\":[2.0],\"a\":1}"));
	CHECK(!same("{\"a\":1}", "{\"a\":1,\"b\":2}") && !same("[1]", "[1,1]"));
	CHECK(same("null", "null") && !same("null", "false"));
}

int
main(void)
{

	TEST(numbers_by_value);
	TEST(texts_and_members);
	return (check_done());
}
