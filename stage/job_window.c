/* SPDX-License-Identifier: Apache-2.0 */
#include "job_window.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/calendar.h"
#include "lib/base/dates.h"
#include "lib/base/number.h"
#include "lib/base/zone.h"

#define DAY CALENDAR_DAY_S
#define MICROS 1000000
#define MAX_NUMBER 999999999 /* windows of a cursor */
#define FAR (2 * DAY) /* no zone has ever moved its clocks by more */

static int64_t
divide_down(int64_t a, int64_t b)
{

	return (a / b - (a % b < 0));
}

/* The first day of window number ${n} of days, weeks or months. */
static int64_t
find_first_day(enum job_every every, int64_t n)
{

	switch (every) {
	case JOB_WEEK:
		return (n * 7 - 3); /* 1970-01-01 was a Thursday */
	case JOB_MONTH:
		return (calendar_days((int)divide_down(n, 12),
		    (int)(n - divide_down(n, 12) * 12) + 1, 1));
	default:
		return (n);
	}
}

/* The number of the window of days that contains the day ${day}. */
static int64_t
find_window_number(enum job_every every, int64_t day)
{
	struct calendar_date d;

	switch (every) {
	case JOB_WEEK:
		return (divide_down(day + 3, 7));
	case JOB_MONTH:
		calendar_split(day, &d);
		return ((int64_t)d.year * 12 + d.month - 1);
	default:
		return (day);
	}
}

static int64_t
find_begin(const struct job_plan *p, enum job_every every, int64_t n)
{

	return (zone_to_utc(p->zone, find_first_day(every, n) * DAY));
}

static void
find_days(const struct job_plan *p, enum job_every every, int64_t t,
    struct job_window *w)
{
	int64_t n = find_window_number(every, divide_down(t +
	    zone_offset(p->zone, t), DAY));

	/* Clocks set back at midnight show the previous day again. */
	while (find_begin(p, every, n + 1) <= t)
		n++;
	while (find_begin(p, every, n) > t)
		n--;
	w->from = find_begin(p, every, n);
	w->until = find_begin(p, every, n + 1);
	assert(w->from <= t && t < w->until);
}

/* Let the instant ${at} bound ${w}, the window that contains ${t}. */
static void
bound_window(struct job_window *w, int64_t at, int64_t t)
{

	if (at <= t && at > w->from)
		w->from = at;
	if (at > t && at < w->until)
		w->until = at;
}

/* The other instant at which the clocks show ${local}, or ${at} again. */
static int64_t
find_second(const struct zone *z, int64_t local, int64_t at)
{
	int64_t other = local - zone_offset(z, at + DAY);

	return (other > at && other + zone_offset(z, other) == local ? other :
	    at);
}

/* Within a day: at each multiple of the step that the clocks show. */
static void
find_minutes(const struct job_plan *p, int64_t t, struct job_window *w)
{
	int64_t local = t + zone_offset(p->zone, t), wall, at, near = FAR;

	find_days(p, JOB_DAY, t, w);
	/* Most days are plain ones: then the neighbours are enough. */
	if (zone_offset(p->zone, w->from - DAY) ==
	    zone_offset(p->zone, w->until + DAY) &&
	    zone_offset(p->zone, t) == zone_offset(p->zone, w->until) &&
	    zone_offset(p->zone, t) == zone_offset(p->zone, w->from))
		near = p->step_s;
	wall = divide_down(local - near, p->step_s) * p->step_s;
	for (; wall <= local + near; wall += p->step_s) {
		at = zone_to_utc(p->zone, wall);
		bound_window(w, at, t);
		bound_window(w, find_second(p->zone, wall, at), t);
	}
	assert(w->from <= t && t < w->until);
}

void
job_window_at(const struct job_plan *p, int64_t t, struct job_window *w)
{

	if (p->every == JOB_CURSOR)
		*w = (struct job_window){ .from = t, .until = t + 1 };
	else if (p->every == JOB_MINUTES)
		find_minutes(p, t, w);
	else
		find_days(p, p->every, t, w);
}

void
job_window_next(const struct job_plan *p, struct job_window *w)
{
	int64_t until = w->until;

	job_window_at(p, until, w);
	assert(w->from == until); /* no gap, no overlap */
}

/* Does the local time at ${t} occur twice? */
static bool
is_twice(const struct zone *z, int64_t t)
{
	int64_t local = t + zone_offset(z, t), first = zone_to_utc(z, local);

	return (first != t || find_second(z, local, first) != first);
}

void
job_window_label(const struct job_plan *p, const struct job_window *w,
    char label[JOB_WINDOW_LABEL])
{
	int32_t east = zone_offset(p->zone, w->from);
	struct dates_fields f;
	int n;

	if (p->every == JOB_CURSOR) {
		snprintf(label, JOB_WINDOW_LABEL, "%06" PRId64, w->from);
		return;
	}
	(void)zone_local(p->zone, w->from * MICROS, &f);
	n = snprintf(label, JOB_WINDOW_LABEL, p->every == JOB_MONTH ?
	    "%04d-%02d" : "%04d-%02d-%02d", f.year, f.month, f.day);
	if (p->every != JOB_MINUTES || n < 0 || n >= JOB_WINDOW_LABEL)
		return;
	n += snprintf(label + n, (size_t)(JOB_WINDOW_LABEL - n), "T%02d%02d",
	    f.hour, f.minute);
	if (n < JOB_WINDOW_LABEL && is_twice(p->zone, w->from))
		snprintf(label + n, (size_t)(JOB_WINDOW_LABEL - n),
		    "%c%02d%02d", east < 0 ? '-' : '+',
		    (east < 0 ? -east : east) / 3600,
		    (east < 0 ? -east : east) / 60 % 60);
}

/* The window of a cursor: its number, of six digits or more. */
static int
read_number_label(const struct job_plan *p, const char *label,
    struct job_window *w)
{
	char again[JOB_WINDOW_LABEL];
	uint64_t n;

	if (number_read(label, 1, MAX_NUMBER, &n) == -1)
		return (-1);
	job_window_at(p, (int64_t)n, w);
	job_window_label(p, w, again);
	return (strcmp(again, label) == 0 ? 0 : -1);
}

int
job_window_read(const struct job_plan *p, const char *label,
    struct job_window *w)
{
	const char *format = p->every == JOB_MONTH ? "%Y-%m" :
	    p->every != JOB_MINUTES || strlen(label) == 10 ? "%Y-%m-%d" :
	    strlen(label) > 15 ? "%Y-%m-%dT%H%M%z" : "%Y-%m-%dT%H%M";
	char again[JOB_WINDOW_LABEL];
	struct dates_fields f;
	int64_t micros;

	if (p->every == JOB_CURSOR)
		return (read_number_label(p, label, w));
	if (dates_parse(label, strlen(label),
	    format, &f) == -1 || zone_micros(p->zone, &f, &micros) == -1)
		return (-1);
	job_window_at(p, micros / MICROS, w);
	/* The date of a window shorter than a day names its first window. */
	if (p->every == JOB_MINUTES && strlen(label) == 10)
		return (0);
	job_window_label(p, w, again);
	return (strcmp(again, label) == 0 ? 0 : -1);
}
