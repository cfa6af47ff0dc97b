/* SPDX-License-Identifier: Apache-2.0 */
#include "window.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/calendar.h"
#include "lib/base/dates.h"
#include "lib/base/number.h"
#include "lib/base/zone.h"

#define MAX_STEP 100000
#define MICROS 1000000
#define DAY_FORMAT "%Y-%m-%d"
#define TIME_FORMAT "%Y-%m-%dT%H:%M:%S"
#define MARK_FORMAT TIME_FORMAT "Z"

int
window_step(const char *text, uint64_t *step, enum window_unit *unit)
{
	static const struct {
		const char *name;
		enum window_unit unit;
		uint64_t factor;
	} units[] = {
		{ "m", WINDOW_TIMES, 60 }, { "h", WINDOW_TIMES, 3600 },
		{ "d", WINDOW_DAYS, 1 }, { "w", WINDOW_DAYS, 7 },
		{ "mo", WINDOW_MONTHS, 1 },
	};
	size_t i;

	if (strcmp(text, "all") == 0) {
		*step = MAX_STEP;
		*unit = WINDOW_DAYS;
		return (0);
	}
	if (number_next(&text, MAX_STEP, step) == -1 || *step == 0)
		return (-1);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(text, units[i].name) == 0) {
			*unit = units[i].unit;
			*step *= units[i].factor;
			return (0);
		}
	return (-1);
}

/* The instant when ${day} begins in ${z}. */
static int64_t
start_day(const struct zone *z, int64_t day)
{

	return (z == NULL ? day * CALENDAR_DAY_S :
	    zone_to_utc(z, day * CALENDAR_DAY_S));
}

/* Read ${text}: a time, or a day to which ${plus} days are added. */
static int
read_time(const struct zone *z, const char *text, int64_t plus, int64_t *at)
{
	struct dates_fields f;
	int64_t day, micros;
	int rc;

	if (calendar_read(text, &day) == 0) {
		*at = start_day(z, day + plus);
		return (0);
	}
	if (dates_parse(text, strlen(text), NULL, &f) == -1)
		return (-1);
	f.zoned = f.zoned || z == NULL; /* UTC */
	rc = zone_micros(z, &f, &micros);
	*at = micros / MICROS;
	return (rc == -1 || micros % MICROS != 0 ? -1 : 0);
}

int
window_range(struct window_spec *w, const char *from, const char *to)
{

	int64_t day;

	if (w->unit == WINDOW_DAYS && w->step == MAX_STEP &&
	    (calendar_read(from, &day) == -1 || calendar_read(to, &day) == -1)) {
		w->unit = WINDOW_TIMES; /* always one window */
		w->step *= CALENDAR_DAY_S;
	}
	if (w->unit == WINDOW_TIMES) {
		if (read_time(w->zone, from, 0, &w->from) == -1)
			return (1);
		if (read_time(w->zone, to, 1, &w->to) == -1)
			return (2);
		return (w->to <= w->from ? 3 : 0);
	}
	if (calendar_read(from, &w->from) == -1)
		return (1);
	if (calendar_read(to, &w->to) == -1)
		return (2);
	return (w->to < w->from ? 3 : 0);
}

/* The format of ${w}. */
static const char *
find_format(const struct window_spec *w)
{

	return (w->format != NULL ? w->format :
	    w->unit == WINDOW_TIMES ? TIME_FORMAT : DAY_FORMAT);
}

/* Epochs by name: how many microseconds each counts; 0: another format. */
static int64_t
find_epoch(const char *format)
{

	return (strcmp(format, "epoch") == 0 ? MICROS :
	    strcmp(format, "epoch_ms") == 0 ? 1000 :
	    strcmp(format, "epoch_us") == 0 ? 1 : 0);
}

/* Does ${format} have the conversion ${c}? */
static bool
has_conversion(const char *format, int c)
{
	const char *p;

	for (p = format; (p = strchr(p, '%')) != NULL; p++) {
		p++;
		if (*p == '-')
			p++;
		if (*p == c)
			return (true);
		if (*p == '\0')
			break;
	}
	return (false);
}

/* Does ${format} have one of the conversions ${all}? */
static bool
has_any(const char *format, const char *all)
{

	for (; *all != '\0'; all++)
		if (has_conversion(format, *all))
			return (true);
	return (false);
}

/* The resolution of ${format}, in microseconds. */
static int64_t
find_grain(const char *format)
{
	static const struct {
		int conversion;
		int64_t seconds;
	} all[] = { { 'S', 1 }, { 'M', 60 }, { 'H', 3600 } };
	int64_t epoch = find_epoch(format);
	size_t i;

	if (epoch != 0)
		return (epoch);
	if (has_conversion(format, 'f'))
		return (1);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (has_conversion(format, all[i].conversion))
			return (all[i].seconds * MICROS);
	return ((int64_t)CALENDAR_DAY_S * MICROS);
}

bool
window_fits(const struct window_spec *w)
{
	const char *format = find_format(w);
	int64_t grain = find_grain(format) / MICROS;
	char text[WINDOW_TEXT];

	if (find_epoch(format) == 0 && (!dates_can_format(format) ||
	    !has_any(format, "YymdjHMSf")))
		return (false);
	if (w->unit == WINDOW_TIMES && grain > 1 &&
	    ((int64_t)w->step % grain != 0 || w->from % grain != 0 ||
	    grain > 3600))
		return (false);
	return (window_text(w, w->from, WINDOW_UNTIL, text) == 0);
}

int64_t
window_next(const struct window_spec *w, int64_t at)
{
	struct calendar_date first, now;
	int64_t months;

	if (w->unit != WINDOW_MONTHS)
		return (at + (int64_t)w->step);
	/* Months are counted from the first one, so that a 31st returns. */
	calendar_split(w->from, &first);
	calendar_split(at, &now);
	months = (now.year - first.year) * 12 + now.month - first.month;
	return (calendar_add_months(w->from, months + (int64_t)w->step));
}

/* The end of all windows, as the start of a window. */
static int64_t
find_last_end(const struct window_spec *w)
{

	return (w->unit == WINDOW_TIMES ? w->to : w->to + 1);
}

bool
window_over(const struct window_spec *w, int64_t at)
{

	return (at >= find_last_end(w));
}

int64_t
window_instant(const struct window_spec *w, int64_t at)
{

	return (w->unit == WINDOW_TIMES ? at : start_day(w->zone, at));
}

/* Write the instant ${micros}. */
static int
write_time(const char *format, const struct zone *z, int64_t micros,
    char out[WINDOW_TEXT])
{
	int64_t epoch = find_epoch(format);
	struct dates_fields f;
	struct buf b;
	int rc = -1;

	buf_init(&b, WINDOW_TEXT);
	if (epoch != 0)
		rc = buf_printf(&b, "%" PRId64, micros / epoch);
	else if (zone_local(z, micros, &f) == 0)
		rc = dates_format(&f, format, &b);
	if (rc == 0 && buf_cstr(&b) != NULL && b.len < WINDOW_TEXT)
		memcpy(out, b.data, b.len + 1);
	else
		rc = -1;
	buf_free(&b);
	return (rc);
}

int
window_text(const struct window_spec *w, int64_t at, enum window_edge edge,
    char out[WINDOW_TEXT])
{
	const char *format = find_format(w);
	int64_t grain = find_grain(format), end;

	if (edge != WINDOW_FROM) {
		end = window_next(w, at);
		at = end < find_last_end(w) ? end : find_last_end(w);
	}
	if (edge == WINDOW_TO && w->unit != WINDOW_TIMES &&
	    grain == (int64_t)CALENDAR_DAY_S * MICROS) {
		at--; /* days differ in their seconds */
		edge = WINDOW_FROM;
	}
	return (write_time(format, w->zone, window_instant(w, at) * MICROS -
	    (edge == WINDOW_TO ? grain : 0), out));
}

int
window_mark(bool times, int64_t at, char out[WINDOW_TEXT])
{

	return (write_time(times ? MARK_FORMAT : DAY_FORMAT, NULL,
	    (times ? at : at * CALENDAR_DAY_S) * MICROS, out));
}

int
window_mark_read(bool times, const char *text, int64_t *at)
{

	return (times ? read_time(NULL, text, 0, at) :
	    calendar_read(text, at));
}
