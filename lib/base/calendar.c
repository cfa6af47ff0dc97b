/* SPDX-License-Identifier: Apache-2.0 */
#include "calendar.h"

#include <assert.h>
#include <string.h>

#include "number.h"

#define CYCLE 146097   /* days of 400 years */
#define BEFORE 719468 /* days from 0000-03-01 to 1970-01-01 */

static bool
is_leap(int year)
{

	return (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

int
calendar_month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	assert(month >= 1 && month <= 12);
	return (month == 2 && is_leap(year) ? 29 : days[month - 1]);
}

int64_t
calendar_days(int year, int month, int day)
{
	/* Years begin in March, so that leap days are their last. */
	int64_t y = month > 2 ? year : (int64_t)year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;
	int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;

	return (era * CYCLE + yoe * 365 + yoe / 4 - yoe / 100 +
	    (m * 153 + 2) / 5 + day - 1 - BEFORE);
}

void
calendar_split(int64_t days, struct calendar_date *d)
{
	int64_t era, doy, yoe, m;

	days += BEFORE;
	era = (days >= 0 ? days : days - (CYCLE - 1)) / CYCLE;
	doy = days - era * CYCLE;
	yoe = (doy - doy / 1460 + doy / 36524 - doy / (CYCLE - 1)) / 365;
	doy -= yoe * 365 + yoe / 4 - yoe / 100;
	m = (5 * doy + 2) / 153;
	d->day = (int)(doy - (153 * m + 2) / 5 + 1);
	d->month = (int)(m < 10 ? m + 3 : m - 9);
	d->year = (int)(yoe + era * 400 + (d->month <= 2));
}

int
calendar_read(const char *text, int64_t *days)
{
	uint64_t y, m, d;

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' ||
	    number_u64(text, 4, 9999, &y) == -1 ||
	    number_u64(text + 5, 2, 12, &m) == -1 || m == 0 ||
	    number_u64(text + 8, 2, 31, &d) == -1 || d == 0 ||
	    (int)d > calendar_month_days((int)y, (int)m))
		return (-1);
	*days = calendar_days((int)y, (int)m, (int)d);
	return (0);
}

int64_t
calendar_add_months(int64_t days, int64_t months)
{
	struct calendar_date d;
	int64_t m;
	int length;

	calendar_split(days, &d);
	m = (int64_t)d.year * 12 + d.month - 1 + months;
	d.year = (int)((m >= 0 ? m : m - 11) / 12);
	d.month = (int)(m - (int64_t)d.year * 12) + 1;
	length = calendar_month_days(d.year, d.month);
	return (calendar_days(d.year, d.month, d.day < length ? d.day :
	    length));
}

int
calendar_weekday(int64_t days)
{

	/* 1970-01-01 was a Thursday. */
	return ((int)(((days + 4) % 7 + 7) % 7));
}
