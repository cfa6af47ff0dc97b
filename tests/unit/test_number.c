/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/number.h"

#include <string.h>

#include "check.h"

static void
test_slices(void)
{
	uint64_t v = 7;
	int64_t i;

	CHECK_INT(number_u64("18446744073709551615", 20, UINT64_MAX, &v), 0);
	CHECK_UINT(v, UINT64_MAX);
	CHECK_INT(number_u64("18446744073709551616", 20, UINT64_MAX, &v), -1);
	CHECK_INT(number_u64("12x", 2, 12, &v), 0);
	CHECK_UINT(v, 12);
	CHECK_INT(number_u64("12", 2, 11, &v), -1);
	CHECK_INT(number_u64("9", 1, 8, &v), -1);
	CHECK_INT(number_u64("", 0, 9, &v), -1);
	CHECK_UINT(v, 12);
	CHECK_INT(number_i64("-9223372036854775808", 20, &i), 0);
	CHECK_INT(i, INT64_MIN);
	CHECK_INT(number_i64("9223372036854775808", 19, &i), -1);
	CHECK_INT(number_i64("-9223372036854775809", 20, &i), -1);
	CHECK_INT(number_i64("-", 1, &i), -1);
	CHECK_INT(number_i64("+1", 2, &i), -1);
	CHECK_INT(number_i64("-0", 2, &i), 0);
	CHECK_INT(i, 0);
}

static void
test_texts(void)
{
	const char *p = "45/7", *from = p;
	char text[NUMBER_TEXT];
	uint64_t v;

	CHECK_INT(number_read("18446744073709551616", 0, UINT64_MAX, &v), -1);
	CHECK_INT(number_read(" 1", 0, UINT64_MAX, &v), -1);
	CHECK_INT(number_read("1 ", 0, UINT64_MAX, &v), -1);
	CHECK_INT(number_read("+1", 0, UINT64_MAX, &v), -1);
	CHECK_INT(number_read("0x1", 0, UINT64_MAX, &v), -1);
	CHECK_INT(number_read("4", 5, 9, &v), -1);
	CHECK_INT(number_read("007", 5, 9, &v), 0);
	CHECK_UINT(v, 7);
	CHECK_INT(number_next(&p, 44, &v), -1);
	CHECK(p == from);
	CHECK_INT(number_next(&p, 45, &v), 0);
	CHECK_UINT(v, 45);
	CHECK_STR(p, "/7");
	CHECK_INT(number_next(&p, 45, &v), -1);
	number_text(UINT64_MAX, text);
	CHECK_STR(text, "18446744073709551615");
}

static void
test_units(void)
{
	char text[NUMBER_AMOUNT];
	uint64_t v;

	CHECK_INT(number_scaled("16G", NUMBER_BYTES, 0, UINT64_MAX, &v), 0);
	CHECK_UINT(v, 17179869184U);
	CHECK_INT(number_scaled("17179869184G", NUMBER_BYTES, 0, UINT64_MAX,
	    &v), -1);
	CHECK_INT(number_scaled("1T", NUMBER_BYTES, 0, UINT64_MAX, &v), -1);
	CHECK_INT(number_scaled("", NUMBER_BYTES, 0, UINT64_MAX, &v), -1);
	CHECK_INT(number_scaled("250ms", NUMBER_MS, 0, UINT64_MAX, &v), 0);
	CHECK_UINT(v, 250);
	CHECK_INT(number_scaled("2", NUMBER_MS, 0, UINT64_MAX, &v), 0);
	CHECK_UINT(v, 2000);
	CHECK_INT(number_scaled("2h", NUMBER_MS, 0, 7199999, &v), -1);
	CHECK_STR(number_amount(7200000, NUMBER_MS, text), "2h");
	CHECK_STR(number_amount(1 << 20, NUMBER_BYTES, text), "1M");
	CHECK_STR(number_amount(123456789, NUMBER_BYTES, text), "117M");
}

static void
test_reals(void)
{
	double v;

	CHECK_INT(number_real("0.25", 4, &v), 0);
	CHECK(v > 0.24 && v < 0.26);
	CHECK_INT(number_real("0,25", 4, &v), -1);
	CHECK_INT(number_real("1e3]", 3, &v), 0);
	CHECK(v > 999 && v < 1001);
	CHECK_INT(number_real("", 0, &v), -1);
	CHECK_INT(number_real("0.25x", 5, &v), -1);
}

int
main(void)
{

	TEST(test_slices);
	TEST(test_texts);
	TEST(test_units);
	TEST(test_reals);
	return (check_done());
}
