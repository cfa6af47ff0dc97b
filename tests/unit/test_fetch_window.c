/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/source/window.h"

#include "lib/base/calendar.h"
#include "tests/unit/check.h"

/* The windows from ${from} to ${to}, as text. */
static const char *
windows(const char *from, const char *to, const char *step)
{
	static char out[512];
	char a[WINDOW_TEXT], b[WINDOW_TEXT];
	struct window_spec w = { 0 };
	int64_t day;

	CHECK(calendar_read(from, &w.from) == 0 && calendar_read(to, &w.to) == 0);
	CHECK(window_step(step, &w.step, &w.unit) == 0);
	out[0] = '\0';
	for (day = w.from; day <= w.to; day = window_next(&w, day)) {
		CHECK(window_text("%m%d", day, a) == 0);
		CHECK(window_text("%m%d", window_last(&w, day), b) == 0);
		snprintf(out + strlen(out), sizeof(out) - strlen(out),
		    "%s-%s ", a, b);
	}
	return (out);
}

static void
test_days(void)
{
	char text[WINDOW_TEXT];
	int64_t day, other;

	CHECK(calendar_read("1970-01-01", &day) == 0 && day == 0);
	CHECK(calendar_read("2000-03-01", &day) == 0 && day == 11017);
	CHECK(calendar_read("2024-02-29", &day) == 0 && day == 19782);
	CHECK(calendar_read("2023-02-29", &day) == -1);
	CHECK(calendar_read("2023-13-01", &day) == -1);
	CHECK(calendar_read("2023-00-01", &day) == -1);
	CHECK(calendar_read("2023-04-31", &day) == -1);
	CHECK(calendar_read("2023-4-1", &day) == -1);
	CHECK(calendar_read("2023-04-01T", &day) == -1);
	for (day = -200000; day < 200000; day += 97) {
		CHECK(window_text(NULL, day, text) == 0);
		if (text[0] != '-')
			CHECK(calendar_read(text, &other) == 0 && other == day);
	}
}

static void
test_windows(void)
{

	CHECK_STR(windows("2024-02-28", "2024-03-01", "1d"),
	    "0228-0228 0229-0229 0301-0301 ");
	CHECK_STR(windows("2024-01-01", "2024-01-20", "1w"),
	    "0101-0107 0108-0114 0115-0120 ");
	CHECK_STR(windows("2024-01-01", "2024-04-10", "1mo"),
	    "0101-0131 0201-0229 0301-0331 0401-0410 ");
	/* The 31st comes back after a short month. */
	CHECK_STR(windows("2023-12-31", "2024-04-30", "1mo"),
	    "1231-0130 0131-0228 0229-0330 0331-0429 0430-0430 ");
	CHECK_STR(windows("2024-01-15", "2024-12-31", "6mo"),
	    "0115-0714 0715-1231 ");
	CHECK_STR(windows("2024-01-15", "2024-01-15", "3d"), "0115-0115 ");
}

static void
test_formats(void)
{
	char text[WINDOW_TEXT];
	enum window_unit unit;
	uint64_t step;

	CHECK(window_text("%d/%m/%Y 100%%", 19782, text) == 0);
	CHECK_STR(text, "29/02/2024 100%");
	CHECK(window_text("%H", 0, text) == -1);
	CHECK(window_text("%", 0, text) == -1);
	CHECK(window_text("0123456789012345678901234567890123456789"
	    "01234567890123456789%Y", 0, text) == -1);
	CHECK(window_step("0d", &step, &unit) == -1);
	CHECK(window_step("d", &step, &unit) == -1);
	CHECK(window_step("1", &step, &unit) == -1);
	CHECK(window_step("1h", &step, &unit) == -1);
	CHECK(window_step("2w", &step, &unit) == 0 && step == 14);
}

int
main(void)
{

	TEST(test_days);
	TEST(test_windows);
	TEST(test_formats);
	return (check_done());
}
