/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/calendar.h"

#include <string.h>
#include <time.h>

#include "check.h"

/* Every day of 800 years as the C library knows it. */
static void
test_days(void)
{
	struct calendar_date d;
	struct tm tm;
	int64_t day;
	time_t s;

	for (day = -146097; day < 146097; day++) {
		s = (time_t)day * CALENDAR_DAY_S;
		CHECK(gmtime_r(&s, &tm) != NULL);
		calendar_split(day, &d);
		CHECK(d.year == tm.tm_year + 1900 &&
		    d.month == tm.tm_mon + 1 && d.day == tm.tm_mday);
		CHECK(calendar_days(d.year, d.month, d.day) == day);
		CHECK(calendar_weekday(day) == tm.tm_wday);
	}
	CHECK_INT(calendar_days(0, 3, 1), -719468);
	CHECK_INT(calendar_days(-400, 3, 1), -719468 - 146097);
	CHECK_INT(calendar_month_days(1900, 2), 28);
	CHECK_INT(calendar_month_days(2000, 2), 29);
}

static void
check_months(const char *from, int64_t months, const char *to)
{
	int64_t a = 0, b = 0;

	CHECK(calendar_read(from, &a) == 0 && calendar_read(to, &b) == 0);
	CHECK_INT(calendar_add_months(a, months), b);
}

static void
test_months(void)
{

	check_months("2023-12-31", 2, "2024-02-29");
	check_months("2024-01-31", 13, "2025-02-28");
	check_months("2024-03-31", -1, "2024-02-29");
	check_months("2024-01-15", -1, "2023-12-15");
	check_months("2024-01-15", -25, "2021-12-15");
}

static void
test_texts(void)
{
	static const char *const bad[] = { "2023-02-29", "2023-13-01",
		"2023-00-01", "2023-01-00", "2023-04-31", "2023-4-1", "",
		"2023-04-01T", "2023/04/01", " 023-04-01" };
	int64_t day;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(calendar_read(bad[i], &day), -1);
	CHECK_INT(calendar_read("2024-02-29", &day), 0);
	CHECK_INT(day, 19782);
}

int
main(void)
{

	TEST(test_days);
	TEST(test_months);
	TEST(test_texts);
	return (check_done());
}
