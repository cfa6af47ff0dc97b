/* SPDX-License-Identifier: Apache-2.0 */
#include "zone_rule.h"

#include <string.h>

#include "calendar.h"
#include "number.h"

#define DAY CALENDAR_DAY_S

/* A name: letters, or anything in <>. */
static const char *
skip_name(const char *p)
{
	const char *from = p;

	if (*p == '<') {
		p = strchr(p, '>');
		return (p == NULL ? NULL : p + 1);
	}
	while ((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z'))
		p++;
	return (p - from < 3 ? NULL : p);
}

static const char *
read_rule_number(const char *p, int max, int *v)
{
	uint64_t u;

	if (number_next(&p, (uint64_t)max, &u) == -1)
		return (NULL);
	*v = (int)u;
	return (p);
}

/* [+-]h[h[h]][:mm[:ss]], in seconds. */
static const char *
read_hms(const char *p, int32_t *seconds)
{
	int sign = 1, h, m = 0, s = 0;

	if (*p == '+' || *p == '-')
		sign = *p++ == '-' ? -1 : 1;
	if ((p = read_rule_number(p, 167, &h)) == NULL)
		return (NULL);
	if (*p == ':' && (p = read_rule_number(p + 1, 59, &m)) == NULL)
		return (NULL);
	if (*p == ':' && (p = read_rule_number(p + 1, 59, &s)) == NULL)
		return (NULL);
	*seconds = sign * (h * 3600 + m * 60 + s);
	return (p);
}

static const char *
read_day_rule(const char *p, struct zone_rule_day *d)
{

	memset(d, 0, sizeof(*d));
	if (*p++ != ',')
		return (NULL);
	d->kind = *p == 'J' || *p == 'M' ? *p++ : 'D';
	if (d->kind == 'M') {
		if ((p = read_rule_number(p, 12, &d->month)) == NULL || d->month
		    == 0 || *p++ != '.' || (p = read_rule_number(p, 5,
		    &d->week)) == NULL || d->week == 0 || *p++ != '.')
			return (NULL);
		p = read_rule_number(p, 6, &d->day);
	} else
		p = read_rule_number(p, 365, &d->day);
	d->time = 2 * 3600;
	if (p != NULL && *p == '/')
		p = read_hms(p + 1, &d->time);
	return (p);
}

int
zone_rule_parse(struct zone_rule *r, const char *p)
{
	int32_t west;

	memset(r, 0, sizeof(*r));
	if ((p = skip_name(p)) == NULL || (p = read_hms(p, &west)) == NULL)
		return (-1);
	r->standard = -west;
	if (*p == '\0')
		return (0);
	if ((p = skip_name(p)) == NULL)
		return (-1);
	r->has_summer = true;
	r->summer = r->standard + 3600;
	if (*p != ',') {
		if ((p = read_hms(p, &west)) == NULL)
			return (-1);
		r->summer = -west;
	}
	if ((p = read_day_rule(p, &r->begin)) == NULL ||
	    (p = read_day_rule(p, &r->end)) == NULL)
		return (-1);
	return (*p == '\0' ? 0 : -1);
}

/* Local seconds (as if UTC) of the change ${d} in ${year}. */
static int64_t
find_change(const struct zone_rule_day *d, int year)
{
	int64_t first = calendar_days(year, 1, 1), days;

	if (d->kind == 'D')
		days = first + d->day;
	else if (d->kind == 'J')
		days = first + d->day - 1 + (d->day > 59 &&
		    calendar_month_days(year, 2) == 29);
	else {
		days = calendar_days(year, d->month, 1);
		days += (d->day - calendar_weekday(days) + 7) % 7 +
		    (d->week - 1) * 7;
		while (days >= calendar_days(year, d->month, 1) +
		    calendar_month_days(year, d->month))
			days -= 7;
	}
	return (days * DAY + d->time);
}

int32_t
zone_rule_offset(const struct zone_rule *r, int64_t t)
{
	struct calendar_date day;
	int64_t begin, end, rest;
	bool summer;

	if (!r->has_summer)
		return (r->standard);
	rest = (t + r->standard) % DAY;
	calendar_split((t + r->standard - rest) / DAY - (rest < 0), &day);
	begin = find_change(&r->begin, day.year) - r->standard;
	end = find_change(&r->end, day.year) - r->summer;
	if (begin < end)
		summer = t >= begin && t < end;
	else
		summer = t >= begin || t < end;
	return (summer ? r->summer : r->standard);
}
