/* SPDX-License-Identifier: Apache-2.0 */
#include "dates.h"

#include <string.h>

#include "buf.h"
#include "calendar.h"
#include "number.h"

#define DAY CALENDAR_DAY_S
#define MICROS ((int64_t)1000000)
/* Years 0001 to 9999, in seconds before and after 1970. */
#define FIRST_SECOND ((int64_t)62135596800)
#define LAST_SECOND ((int64_t)253402300800)
/* YYYY-MM-DDThh:mm:ss */
#define ISO_SECONDS 19
#define CENTURY 69 /* two-digit years from here on are 19xx */

void
dates_split(int64_t seconds, struct dates_fields *f)
{
	int64_t days = seconds / DAY, rest = seconds % DAY;
	struct calendar_date date;

	if (rest < 0) {
		rest += DAY;
		days--;
	}
	calendar_split(days, &date);
	memset(f, 0, sizeof(*f));
	f->day = date.day;
	f->month = date.month;
	f->year = date.year;
	f->hour = (int)(rest / 3600);
	f->minute = (int)(rest / 60 % 60);
	f->second = (int)(rest % 60);
}

/* Read exactly ${digits} digits at *p, a number from ${min} to ${max}. */
static int
take_digits(const char **p, const char *end, int digits, int min, int max,
    int *v)
{
	uint64_t u;

	if (end - *p < digits || number_u64(*p, (size_t)digits,
	    (uint64_t)max, &u) == -1)
		return (-1);
	*v = (int)u;
	*p += digits;
	return (*v < min ? -1 : 0);
}

/* Digits of a fraction of a second, at least one. */
static int
take_fraction(const char **p, const char *end, int *micros)
{
	int unit = 100000;
	const char *from = *p;

	for (*micros = 0; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
		*micros += (**p - '0') * unit;
		unit /= 10;
	}
	return (*p == from ? -1 : 0);
}

/* Z, +hh:mm, +hhmm or +hh. */
static int
take_offset(const char **p, const char *end, struct dates_fields *f)
{
	int sign, h, m = 0;

	f->zoned = true;
	if (*p < end && (**p == 'Z' || **p == 'z')) {
		(*p)++;
		return (0);
	}
	if (*p == end || (**p != '+' && **p != '-'))
		return (-1);
	sign = *(*p)++ == '-' ? -1 : 1;
	if (take_digits(p, end, 2, 0, 23, &h) == -1)
		return (-1);
	if (*p < end && **p == ':') {
		(*p)++;
		if (take_digits(p, end, 2, 0, 59, &m) == -1)
			return (-1);
	} else if (*p < end && take_digits(p, end, 2, 0, 59, &m) == -1)
		return (-1);
	f->offset = sign * (h * 3600 + m * 60);
	return (0);
}

/* What may follow the seconds. */
static int
take_iso_rest(const char **p, const char *end, struct dates_fields *f)
{

	if (*p < end && (**p == '.' || **p == ',')) {
		(*p)++;
		if (take_fraction(p, end, &f->micros) == -1)
			return (-1);
	}
	return (*p < end ? take_offset(p, end, f) : 0);
}

static int
take_iso_time(const char **p, const char *end, struct dates_fields *f)
{

	(*p)++; /* "T" or a space */
	if (take_digits(p, end, 2, 0, 23, &f->hour) == -1 || *p == end ||
	    *(*p)++ != ':' || take_digits(p, end, 2, 0, 59, &f->minute) == -1)
		return (-1);
	if (*p < end && **p == ':') {
		(*p)++;
		if (take_digits(p, end, 2, 0, 59, &f->second) == -1)
			return (-1);
		return (take_iso_rest(p, end, f));
	}
	return (*p < end ? take_offset(p, end, f) : 0);
}

/* The value of the two digits at ${p}, negative if they are not digits. */
static inline int
read_two_digits(const char *p)
{
	unsigned a = (unsigned)(uint8_t)p[0] - '0';
	unsigned b = (unsigned)(uint8_t)p[1] - '0';

	return (a > 9 || b > 9 ? -1 : (int)(a * 10 + b));
}

/*
 * Read YYYY-MM-DDThh:mm:ss at ${p}, the most common form.  False: the caller
 * tries the slower functions.
 */
static bool
read_fixed_iso(const char *p, struct dates_fields *f)
{
	int century = read_two_digits(p), year = read_two_digits(p + 2);

	f->month = read_two_digits(p + 5);
	f->day = read_two_digits(p + 8);
	f->hour = read_two_digits(p + 11);
	f->minute = read_two_digits(p + 14);
	f->second = read_two_digits(p + 17);
	f->year = century * 100 + year;
	return ((century | year | f->hour | f->minute | f->second) >= 0 &&
	    p[4] == '-' && p[7] == '-' && p[10] == 'T' && p[13] == ':' &&
	    p[16] == ':' && f->year > 0 && f->month > 0 && f->month <= 12 &&
	    f->day > 0 && f->day <= 31 && f->hour <= 23 && f->minute <= 59 &&
	    f->second <= 59);
}

static int
parse_iso(const char *p, const char *end, struct dates_fields *f)
{

	if (end - p >= ISO_SECONDS && read_fixed_iso(p, f)) {
		p += ISO_SECONDS;
		return (take_iso_rest(&p, end, f) == -1 || p < end ? -1 : 0);
	}
	memset(f, 0, sizeof(*f));
	if (take_digits(&p, end, 4, 1, 9999, &f->year) == -1 || p == end ||
	    *p++ != '-' || take_digits(&p, end, 2, 1, 12, &f->month) == -1 ||
	    p == end || *p++ != '-' ||
	    take_digits(&p, end, 2, 1, 31, &f->day) == -1)
		return (-1);
	if (p < end && (*p == 'T' || *p == 't' || *p == ' ')) {
		if (take_iso_time(&p, end, f) == -1)
			return (-1);
	}
	return (p == end ? 0 : -1);
}

/* One %c of a format. */
static int
take_directive(int c, const char **p, const char *end, struct dates_fields *f)
{

	switch (c) {
	case 'Y':
		return (take_digits(p, end, 4, 1, 9999, &f->year));
	case 'y':
		if (take_digits(p, end, 2, 0, 99, &f->year) == -1)
			return (-1);
		f->year += f->year < CENTURY ? 2000 : 1900; /* as POSIX */
		return (0);
	case 'm':
		return (take_digits(p, end, 2, 1, 12, &f->month));
	case 'd':
		return (take_digits(p, end, 2, 1, 31, &f->day));
	case 'H':
		return (take_digits(p, end, 2, 0, 23, &f->hour));
	case 'M':
		return (take_digits(p, end, 2, 0, 59, &f->minute));
	case 'S':
		return (take_digits(p, end, 2, 0, 59, &f->second));
	case 'f':
		return (take_fraction(p, end, &f->micros));
	case 'z':
		return (take_offset(p, end, f));
	default:
		return (*p < end && *(*p)++ == '%' ? 0 : -1);
	}
}

/* The same after "%-": one or two digits. */
static int
take_short(int c, const char **p, const char *end, struct dates_fields *f)
{
	char two[3] = { '0', '0', '\0' };
	const char *from = two;
	size_t n = 0;

	while (n < 2 && (size_t)(end - *p) > n && (*p)[n] >= '0' &&
	    (*p)[n] <= '9')
		n++;
	if (n == 0)
		return (-1);
	memcpy(two + 2 - n, *p, n);
	*p += n;
	return (take_directive(c, &from, two + 2, f));
}

static int
parse_format(const char *p, const char *end, const char *format,
    struct dates_fields *f)
{

	f->month = f->day = 1;
	for (; *format != '\0'; format++) {
		if (*format == '%' && format[1] == '-') {
			if (take_short(*(format += 2), &p, end, f) == -1)
				return (-1);
		} else if (*format == '%') {
			if (take_directive(*++format, &p, end, f) == -1)
				return (-1);
		} else if (p == end || *p++ != *format)
			return (-1);
	}
	return (p == end ? 0 : -1);
}

/* Seconds, milliseconds or microseconds since 1970, optionally a fraction. */
static int
parse_epoch(const char *p, const char *end, const char *unit,
    struct dates_fields *f)
{
	int64_t each = *unit == '\0' ? MICROS : unit[1] == 'm' ? 1000 : 1;
	int64_t micros, rest, part = each;
	bool minus = p < end && *p == '-';
	const char *dot;
	uint64_t u;

	p += minus;
	dot = memchr(p, '.', (size_t)(end - p));
	if (number_u64(p, (size_t)((dot != NULL ? dot : end) - p),
	    (uint64_t)(LAST_SECOND * (MICROS / each)), &u) == -1)
		return (-1);
	micros = (int64_t)u * each;
	if (dot != NULL && dot + 1 == end)
		return (-1);
	for (p = dot; p != NULL && ++p < end;) {
		if (*p < '0' || *p > '9')
			return (-1);
		part /= 10;
		micros += (*p - '0') * part;
	}
	if (micros >= LAST_SECOND * MICROS ||
	    (minus && micros > FIRST_SECOND * MICROS))
		return (-1);
	micros = minus ? -micros : micros;
	rest = micros % MICROS;
	if (rest < 0)
		rest += MICROS;
	dates_split((micros - rest) / MICROS, f);
	f->micros = (int)rest;
	f->zoned = true;
	return (0);
}

int
dates_parse(const char *p, size_t n, const char *format,
    struct dates_fields *f)
{
	const char *end = p + n;
	int rc;

	memset(f, 0, sizeof(*f));
	if (format == NULL)
		rc = parse_iso(p, end, f);
	else if (strncmp(format, "epoch", 5) == 0)
		rc = parse_epoch(p, end, format + 5, f);
	else
		rc = parse_format(p, end, format, f);
	if (rc == -1 || f->year < 1 || f->day >
	    calendar_month_days(f->year, f->month))
		return (-1);
	return (0);
}

int
dates_micros(const struct dates_fields *f, int64_t *micros)
{
	int64_t t = calendar_days(f->year, f->month, f->day) * DAY +
	    f->hour * 3600 + f->minute * 60 + f->second;

	*micros = (t - f->offset) * 1000000 + f->micros;
	return (f->zoned ? 0 : -1);
}

int
dates_of_micros(int64_t micros, int32_t east, struct dates_fields *f)
{
	int64_t t = micros / 1000000, rest = micros % 1000000;

	if (rest < 0) {
		rest += 1000000;
		t--;
	}
	dates_split(t + east, f);
	f->micros = (int)rest;
	f->zoned = true;
	f->offset = east;
	return (f->year < 1 || f->year > 9999 ? -1 : 0);
}

/* Append ${v} with exactly ${width} digits. */
static void
put_number(struct buf *out, int v, int width)
{
	int i;

	if (buf_reserve(out, (size_t)width) == -1)
		return;
	for (i = width; i-- > 0; v /= 10)
		out->data[out->len + (size_t)i] = (uint8_t)('0' + v % 10);
	out->len += (size_t)width;
}

static void
put_offset(struct buf *out, int32_t east)
{
	int m = (east < 0 ? -east : east) / 60;

	buf_putc(out, east < 0 ? '-' : '+');
	put_number(out, m / 60, 2);
	buf_putc(out, ':');
	put_number(out, m % 60, 2);
}

static void
put_directive(const struct dates_fields *f, int c, struct buf *out)
{

	switch (c) {
	case 'Y':
		put_number(out, f->year, 4);
		break;
	case 'y':
		put_number(out, f->year % 100, 2);
		break;
	case 'm':
		put_number(out, f->month, 2);
		break;
	case 'd':
		put_number(out, f->day, 2);
		break;
	case 'H':
		put_number(out, f->hour, 2);
		break;
	case 'M':
		put_number(out, f->minute, 2);
		break;
	case 'S':
		put_number(out, f->second, 2);
		break;
	case 'f':
		put_number(out, f->micros, 6);
		break;
	case 'z':
		put_offset(out, f->offset);
		break;
	case 'j':
		put_number(out, (int)(calendar_days(f->year, f->month, f->day) -
		    calendar_days(f->year, 1, 1)) + 1, 3);
		break;
	default:
		buf_putc(out, '%');
	}
}

/* The same after "%-": without a leading zero. */
static void
put_short(const struct dates_fields *f, int c, struct buf *out)
{
	size_t at = out->len;

	put_directive(f, c, out);
	if (!out->failed && out->data[at] == '0') {
		out->data[at] = out->data[at + 1];
		out->len--;
	}
}

/*
 * Offsets had seconds before there was standard time; RFC 3339 allows none.
 * Write the same instant with the next whole minute as offset: rounding up
 * keeps midnight in its day.
 */
static void
round_offset(struct dates_fields *f)
{
	int32_t east = f->offset, more = (60 - east % 60) % 60;
	int micros = f->micros;

	dates_split(calendar_days(f->year, f->month, f->day) * DAY +
	    f->hour * 3600 + f->minute * 60 + f->second + more, f);
	f->micros = micros;
	f->zoned = true;
	f->offset = east + more;
}

int
dates_format(const struct dates_fields *fields, const char *format,
    struct buf *out)
{
	struct dates_fields f = *fields;

	if (f.offset % 60 != 0 && strstr(format, "%z") != NULL)
		round_offset(&f);
	for (; *format != '\0'; format++) {
		if (*format == '%' && format[1] == '-')
			put_short(&f, *(format += 2), out);
		else if (*format == '%')
			put_directive(&f, *++format, out);
		else
			buf_putc(out, *format);
	}
	return (out->failed ? -1 : 0);
}

/* Two digits at ${p}. */
static inline void
write_two(uint8_t *p, int v)
{

	p[0] = (uint8_t)('0' + v / 10);
	p[1] = (uint8_t)('0' + v % 10);
}

void
dates_write(const struct dates_fields *f, enum dates_style style,
    struct buf *out)
{
	static const char *const formats[] = {
		[DATES_ISO] = "%Y-%m-%dT%H:%M:%S.%f%z",
		[DATES_UTC] = "%Y-%m-%dT%H:%M:%S.%fZ",
		[DATES_DAY] = "%Y-%m-%d" };
	static const char shape[] = "0000-00-00T00:00:00.000000+00:00";
	int minutes = (f->offset < 0 ? -f->offset : f->offset) / 60;
	uint8_t *p;

	if (f->offset % 60 != 0 && style == DATES_ISO) {
		(void)dates_format(f, formats[style], out);
		return;
	}
	if (buf_reserve(out, sizeof(shape)) == -1)
		return;
	p = out->data + out->len;
	memcpy(p, shape, sizeof(shape));
	write_two(p, f->year / 100);
	write_two(p + 2, f->year % 100);
	write_two(p + 5, f->month);
	write_two(p + 8, f->day);
	out->len += 10;
	if (style == DATES_DAY)
		return;
	write_two(p + 11, f->hour);
	write_two(p + 14, f->minute);
	write_two(p + 17, f->second);
	write_two(p + 20, f->micros / 10000);
	write_two(p + 22, f->micros / 100 % 100);
	write_two(p + 24, f->micros % 100);
	out->len += 17;
	if (style == DATES_UTC) {
		p[26] = 'Z';
		return;
	}
	p[26] = f->offset < 0 ? '-' : '+';
	write_two(p + 27, minutes / 60);
	write_two(p + 30, minutes % 60);
	out->len += 5;
}

/* Is the directive at ${p}, after its "%", a part of the time of day? */
static bool
has_time(const char *p)
{

	p += *p == '-';
	return (*p != '\0' && strchr("HMSf", *p) != NULL);
}

void
dates_iso(const struct dates_fields *f, const char *format, struct buf *out)
{
	bool timed = strncmp(format, "epoch", 5) == 0 || f->zoned;

	for (; *format != '\0' && !timed; format++)
		timed = *format == '%' && has_time(++format);
	(void)dates_format(f, timed ? f->zoned ? "%Y-%m-%dT%H:%M:%S.%f%z" :
	    "%Y-%m-%dT%H:%M:%S.%f" : "%Y-%m-%d", out);
}

size_t
dates_format_width(const char *format)
{
	size_t n = 0;

	for (; *format != '\0'; format++) {
		if (*format != '%')
			n++;
		else if (*++format == '-')
			return (0);
		else
			n += *format == 'Y' ? 4 : *format == 'j' ? 3 :
			    *format == 'f' || *format == 'z' ? 6 :
			    *format == '%' ? 1 : 2;
	}
	return (n);
}

/* Are all directives of ${format} among the letters ${known}? */
static bool
has_only(const char *format, const char *known)
{

	for (; *format != '\0'; format++) {
		if (*format != '%')
			continue;
		if (*++format == '-')
			known = strchr("mdHMS", *++format) != NULL ? known : "";
		if (*format == '\0' || strchr(known, *format) == NULL)
			return (false);
	}
	return (true);
}

bool
dates_can_parse(const char *format)
{

	if (strncmp(format, "epoch", 5) == 0)
		return (format[5] == '\0' || strcmp(format, "epoch_ms") == 0 ||
		    strcmp(format, "epoch_us") == 0);
	return ((strstr(format, "%Y") != NULL ||
	    strstr(format, "%y") != NULL) && has_only(format, "YymdHMSfz%"));
}

bool
dates_can_format(const char *format)
{

	return (has_only(format, "YymdHMSfzj%"));
}
