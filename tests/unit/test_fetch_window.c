/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/source/window.h"

#include "lib/base/calendar.h"
#include "lib/base/err.h"
#include "lib/base/zone.h"
#include "tests/unit/check.h"

/* The windows from ${from} to ${to}, as text: "{from}-{to} ". */
static const char *
windows(const char *from, const char *to, const char *step,
    const char *format, const char *zone)
{
	static char out[1024];
	char a[WINDOW_TEXT], b[WINDOW_TEXT], c[WINDOW_TEXT], d[WINDOW_TEXT];
	struct window_spec w = { .format = format };
	struct err e = { 0 };
	int64_t at, next;

	out[0] = '\0';
	CHECK(window_step(step, &w.step, &w.unit) == 0);
	if (zone != NULL)
		CHECK((w.zone = zone_open(zone, &e)) != NULL);
	CHECK(window_range(&w, from, to) == 0 && window_fits(&w));
	for (at = w.from; !window_over(&w, at); at = next) {
		next = window_next(&w, at);
		CHECK(window_text(&w, at, WINDOW_FROM, a) == 0);
		CHECK(window_text(&w, at, WINDOW_TO, b) == 0);
		CHECK(window_text(&w, at, WINDOW_UNTIL, c) == 0);
		if (!window_over(&w, next)) {
			CHECK(window_text(&w, next, WINDOW_FROM, d) == 0);
			CHECK_STR(c, d);
		}
		snprintf(out + strlen(out), sizeof(out) - strlen(out),
		    "%s-%s ", a, b);
		CHECK(window_mark(w.unit == WINDOW_TIMES, at, a) == 0 &&
		    window_mark_read(w.unit == WINDOW_TIMES, a, &next) == 0 &&
		    next == at);
		next = window_next(&w, at);
	}
	zone_free(w.zone);
	return (out);
}

/* What is not a range, or no format for it: window_range, or 9. */
static int
reject(const char *from, const char *to, const char *step, const char *format)
{
	struct window_spec w = { .format = format };
	int rc;

	CHECK(window_step(step, &w.step, &w.unit) == 0);
	rc = window_range(&w, from, to);
	return (rc != 0 ? rc : window_fits(&w) ? 0 : 9);
}

static void
test_times(void)
{

	CHECK_STR(windows("2026-01-01", "2026-01-01", "6h", "%H:%M", NULL),
	    "00:00-05:59 06:00-11:59 12:00-17:59 18:00-23:59 ");
	CHECK_STR(windows("2026-01-01T08:30", "2026-01-01T09:10", "15m", NULL,
	    NULL), "2026-01-01T08:30:00-2026-01-01T08:44:59 "
	    "2026-01-01T08:45:00-2026-01-01T08:59:59 "
	    "2026-01-01T09:00:00-2026-01-01T09:09:59 ");
	CHECK_STR(windows("2026-01-01T00:00-03:00", "2026-01-01T02:00-03:00",
	    "1h", "epoch", NULL), "1767236400-1767239999 "
	    "1767240000-1767243599 ");
	CHECK_STR(windows("2026-01-01", "2026-01-02", "1d", "epoch_ms",
	    "America/Sao_Paulo"), "1767236400000-1767322799999 "
	    "1767322800000-1767409199999 ");
	CHECK_STR(windows("2026-01-01", "2026-02-28", "1mo",
	    "%Y-%m-%dT%H:%M:%S%z", "America/Sao_Paulo"),
	    "2026-01-01T00:00:00-03:00-2026-01-31T23:59:59-03:00 "
	    "2026-02-01T00:00:00-03:00-2026-02-28T23:59:59-03:00 ");
	/* Clocks went from 0 to 1 h on 2018-11-04, and back on 2019-02-17. */
	CHECK_STR(windows("2018-11-03", "2018-11-05", "1d", "%dT%H:%M%z",
	    "America/Sao_Paulo"), "03T00:00-03:00-03T23:59-03:00 "
	    "04T01:00-02:00-04T23:59-02:00 05T00:00-02:00-05T23:59-02:00 ");
	CHECK_STR(windows("2019-02-16T22:00", "2019-02-17T01:00", "1h",
	    "%dT%H%z", "America/Sao_Paulo"), "16T22-02:00-16T22-02:00 "
	    "16T23-02:00-16T23-02:00 16T23-03:00-16T23-03:00 "
	    "17T00-03:00-17T00-03:00 ");
	CHECK_STR(windows("2018-11-03", "2018-11-05", "1d", "%m%d",
	    "America/Sao_Paulo"), "1103-1103 1104-1104 1105-1105 ");
	CHECK(reject("2026-01-01T08:00", "2026-01-02", "1d", NULL) == 1);
	CHECK(reject("2026-01-01", "2026-01-02T08:00", "1d", NULL) == 2);
	CHECK(reject("2026-01-02", "2026-01-01", "1h", NULL) == 3);
	CHECK(reject("2026-01-01T08:00", "2026-01-01T08:00", "1h", NULL) == 3);
	CHECK(reject("2026-01-01", "x", "1h", NULL) == 2);
	CHECK(reject("2026-01-01", "2026-01-02", "1h", "%Y-%m-%d") == 9);
	CHECK(reject("2026-01-01", "2026-01-02", "15m", "%dT%H") == 9);
	CHECK(reject("2026-01-01T08:15", "2026-01-02", "1h", "%dT%H") == 9);
	CHECK(reject("2026-01-01", "2026-01-02", "1h", "epoch") == 0);
	CHECK(reject("2026-01-01", "2026-01-02", "1d", "%Q") == 9);
	CHECK(reject("2026-01-01", "2026-01-02", "1d", "%") == 9);
	CHECK(reject("2026-01-01", "2026-01-02", "1d", "012345678901234567890"
	    "1234567890123456789012345678901234567890123") == 9);
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
		CHECK(window_mark(false, day, text) == 0);
		CHECK(calendar_read(text, &other) == 0 && other == day);
	}
}

static void
test_windows(void)
{

	CHECK_STR(windows("2024-02-28", "2024-03-01", "1d", "%m%d", NULL),
	    "0228-0228 0229-0229 0301-0301 ");
	CHECK_STR(windows("2024-01-01", "2024-01-20", "1w", "%m%d", NULL),
	    "0101-0107 0108-0114 0115-0120 ");
	CHECK_STR(windows("2024-01-01", "2024-04-10", "1mo", "%m%d", NULL),
	    "0101-0131 0201-0229 0301-0331 0401-0410 ");
	/* The 31st comes back after a short month. */
	CHECK_STR(windows("2023-12-31", "2024-04-30", "1mo", "%m%d", NULL),
	    "1231-0130 0131-0228 0229-0330 0331-0429 0430-0430 ");
	CHECK_STR(windows("2024-01-15", "2024-12-31", "6mo", "%m%d", NULL),
	    "0115-0714 0715-1231 ");
	CHECK_STR(windows("2024-01-15", "2024-01-15", "3d", "%m%d", NULL), "0115-0115 ");
}

static void
test_formats(void)
{
	enum window_unit unit;
	uint64_t step;

	CHECK_STR(windows("2024-02-29", "2024-02-29", "1d", "%d/%m/%Y 100%%",
	    NULL), "29/02/2024 100%-29/02/2024 100% ");
	CHECK(window_step("0d", &step, &unit) == -1);
	CHECK(window_step("d", &step, &unit) == -1);
	CHECK(window_step("1", &step, &unit) == -1);
	CHECK(window_step("1s", &step, &unit) == -1);
	CHECK(window_step("1H", &step, &unit) == -1);
	CHECK(window_step("90m", &step, &unit) == 0 && step == 5400);
	CHECK(window_step("2w", &step, &unit) == 0 && step == 14);
}

int
main(void)
{

	TEST(test_days);
	TEST(test_windows);
	TEST(test_times);
	TEST(test_formats);
	return (check_done());
}
