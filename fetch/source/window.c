/* SPDX-License-Identifier: Apache-2.0 */
#include "window.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/calendar.h"
#include "lib/base/number.h"

#define MAX_STEP 100000

int
window_step(const char *text, uint64_t *step, enum window_unit *unit)
{

	if (strcmp(text, "all") == 0) {
		*step = MAX_STEP;
		*unit = WINDOW_DAYS;
		return (0);
	}
	if (number_next(&text, MAX_STEP, step) == -1 || *step == 0)
		return (-1);
	*unit = strcmp(text, "mo") == 0 ? WINDOW_MONTHS : WINDOW_DAYS;
	if (strcmp(text, "w") == 0)
		*step *= 7;
	else if (strcmp(text, "d") != 0 && *unit != WINDOW_MONTHS)
		return (-1);
	return (0);
}

int64_t
window_next(const struct window_spec *w, int64_t day)
{
	struct calendar_date first, now;
	int64_t months;

	if (w->unit == WINDOW_DAYS)
		return (day + (int64_t)w->step);
	/* Months are counted from the first, so that the 31st comes back. */
	calendar_split(w->from, &first);
	calendar_split(day, &now);
	months = (now.year - first.year) * 12 + now.month - first.month;
	return (calendar_add_months(w->from, months + (int64_t)w->step));
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
	struct calendar_date d;
	int n = 0, k;

	calendar_split(day, &d);
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
			k = snprintf(out + n, 8, "%04d", d.year);
		else if (*f == 'm' || *f == 'd')
			k = snprintf(out + n, 8, "%02d",
			    *f == 'm' ? d.month : d.day);
		else
			return (-1);
		n += k;
	}
	out[n] = '\0';
	return (0);
}
