/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buf.h"

#include <string.h>

#include "check.h"
#include "lib/base/utf8.h"
#include "lib/json/jsonw.h"

static void
limits(void)
{
	struct buf b;

	buf_init(&b, 10);
	CHECK_INT(buf_append(&b, "12345", 5), 0);
	CHECK_INT(buf_append(&b, "67890", 5), 0);
	CHECK_INT(buf_putc(&b, 'x'), -1);
	CHECK(b.failed);
	CHECK_INT(buf_append(&b, "", 0), -1); /* it remembers */
	CHECK(buf_cstr(&b) == NULL);
	CHECK_UINT(b.len, 10);
	buf_reset(&b);
	CHECK_INT(buf_i64(&b, -9), 0);
	CHECK_STR(buf_cstr(&b), "-9");
	buf_free(&b);
	buf_init(&b, 100);
	(void)buf_i64(&b, INT64_MIN);
	(void)buf_u64(&b, UINT64_MAX);
	(void)buf_printf(&b, "|%05d|", 42);
	CHECK_STR(buf_cstr(&b), "-922337203685477580818446744073709551615"
	    "|00042|");
	buf_consume(&b, 40);
	CHECK_STR(buf_cstr(&b), "|00042|");
	buf_consume(&b, 99);
	CHECK_STR(buf_cstr(&b), "");
	buf_free(&b);
}

static void
json(void)
{
	static const char nasty[] = "a\"\\\n\t\x01\x7f\xc3\xa9\xff\xed\xa0\x80";
	struct buf b;

	buf_init(&b, 1000);
	(void)buf_putc(&b, '{');
	jsonw_str(&b, "k", NULL);
	jsonw_u64(&b, "n", 7);
	jsonw_bool(&b, "b", 1);
	jsonw_raw(&b, "r", "[1]", 3);
	jsonw_member(&b, "s");
	jsonw_string(&b, nasty, sizeof(nasty) - 1);
	(void)buf_putc(&b, '}');
	CHECK_STR(buf_cstr(&b), "{\"k\":null,\"n\":7,\"b\":true,\"r\":[1],"
	    "\"s\":\"a\\\"\\\\\\n\\t\\u0001\\u007f\xc3\xa9"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
	buf_free(&b);
	CHECK(utf8_valid("\xc3\xa9", 2));
	CHECK(!utf8_valid("\xc3", 1));
}

int
main(void)
{

	TEST(limits);
	TEST(json);
	return (check_done());
}
