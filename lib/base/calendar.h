/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_CALENDAR_H
#define NF_LIB_BASE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Days of the proleptic Gregorian calendar, counted from 1970-01-01.  For
 * dates and times in texts see dates.h; for time zones see zone.h.
 */

#define CALENDAR_DAY_S 86400 /* seconds of a day */

struct calendar_date {
	int year, month, day; /* month and day from 1 */
};

/**
 * calendar_month_days(year, month):
 * Return the number of days in ${month}, 1 to 12.
 */
int calendar_month_days(int year, int month);

/**
 * calendar_days(year, month, day):
 * Return the days from 1970-01-01 to that date.  ${day} may be outside the
 * month: 0 is the last day of the previous month.
 */
int64_t calendar_days(int year, int month, int day);

/**
 * calendar_split(days, d):
 * Fill ${d} with the date ${days} days after 1970-01-01.
 */
void calendar_split(int64_t days, struct calendar_date *d);

/**
 * calendar_read(text, days):
 * Read all of ${text}, "YYYY-MM-DD".  Return 0, or -1 if it is not a valid
 * date.
 */
int calendar_read(const char *text, int64_t *days);

/**
 * calendar_add_months(days, months):
 * Return the same day of the month ${months} later, or the last day of that
 * month if it is shorter.
 */
int64_t calendar_add_months(int64_t days, int64_t months);

/**
 * calendar_weekday(days):
 * Return the day of the week, 0 for Sunday to 6.
 */
int calendar_weekday(int64_t days);

#endif /* !NF_LIB_BASE_CALENDAR_H */
