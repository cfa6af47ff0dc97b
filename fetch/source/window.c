/* SPDX-License-Identifier: Apache-2.0 */
#include "window.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/number.h"

#define MAX_STEP 100000

/* Days before year ${y}, month ${m} (1..12), day ${d}, from 1970-01-01. */
static int64_t
from_civil(int64_t y, int64_t m, int64_t d)
{
	int64_t era, yoe, doy;

	y -= m <= 2; /* years begin in March, so that leap days end them */
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return (era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468);
}

static void
to_civil(int64_t day, int64_t *y, int64_t *m, int64_t *d)
{
	int64_t z = day + 719468, era, doe, yoe, doy, mp;

	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = yoe + era * 400 + (*m <= 2);
}

int
window_day(const char *text, int64_t *day)
{
	int64_t y2, m2, d2;
	uint64_t y, m, d;

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' ||
	    number_u64(text, 4, 9999, &y) == -1 ||
	    number_u64(text + 5, 2, 12, &m) == -1 || m == 0 ||
	    number_u64(text + 8, 2, 31, &d) == -1 || d == 0)
		return (-1);
	*day = from_civil((int64_t)y, (int64_t)m, (int64_t)d);
	to_civil(*day, &y2, &m2, &d2);
	return ((int64_t)d == d2 ? 0 : -1);
}

int
window_step(const char *text, uint64_t *step, enum window_unit *unit)
{

	if (number_next(&text, MAX_STEP, step) == -1 || *step == 0)
		return (-1);
	*unit = strcmp(text, "mo") == 0 ? WINDOW_MONTHS : WINDOW_DAYS;
	if (strcmp(text, "w") == 0)
		*step *= 7;
	else if (strcmp(text, "d") != 0 && *unit != WINDOW_MONTHS)
		return (-1);
	return (0);
}

/* Months are counted from ${w}->from, so that the 31st comes back. */
static int64_t
add_months(int64_t from, int64_t months)
{
	int64_t y, m, d, first, length;

	to_civil(from, &y, &m, &d);
	m += months - 1;
	y += m / 12;
	m = m % 12 + 1;
	first = from_civil(y, m, 1);
	length = (m == 12 ? from_civil(y + 1, 1, 1) :
	    from_civil(y, m + 1, 1)) - first;
	return (first + (d < length ? d : length) - 1);
}

int64_t
window_next(const struct window_spec *w, int64_t day)
{
	int64_t y, m, d, y0, m0, d0, months;

	if (w->unit == WINDOW_DAYS)
		return (day + (int64_t)w->step);
	to_civil(w->from, &y0, &m0, &d0);
	to_civil(day, &y, &m, &d);
	months = (y - y0) * 12 + (m - m0);
	return (add_months(w->from, months + (int64_t)w->step));
}

int64_t
window_last(const struct window_spec *w, int64_t day)
{
	int64_t last = window_next(w, day) - 1;

	return (last < w->to ? last : w->to);
}

int
window_text(const char *format, int64_t day, char out[WINDOW_TEXT])
{
	const char *f = format != NULL ? format : "%Y-%m-%d";
	int64_t y, m, d;
	int n = 0, k;

	to_civil(day, &y, &m, &d);
	for (; *f != '\0'; f++) {
		if (n > WINDOW_TEXT - 8)
			return (-1);
		if (*f != '%') {
			out[n++] = *f;
			continue;
		}
		f++;
		if (*f == '%')
			k = snprintf(out + n, 2, "%%");
		else if (*f == 'Y')
			k = snprintf(out + n, 8, "%04d", (int)y);
		else if (*f == 'm' || *f == 'd')
			k = snprintf(out + n, 8, "%02d",
			    (int)(*f == 'm' ? m : d));
		else
			return (-1);
		n += k;
	}
	out[n] = '\0';
	return (0);
}
