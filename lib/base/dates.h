/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_DATES_H
#define NF_LIB_BASE_DATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Dates and times in texts: years 0001 to 9999 of the Gregorian calendar.
 */
struct buf;

/* The directives of dates_parse and of dates_format, for messages. */
#define DATES_IN "%Y %y %m %d %H %M %S %f %z %% (%-m, %-d, %-H: one digit " \
	"or two), or epoch, epoch_ms, epoch_us"
#define DATES_OUT "%Y %y %m %d %H %M %S %f %z %j %% (%-m, %-d, %-H: " \
	"without a zero)"

struct dates_fields {
	int year, month, day, hour, minute, second;
	int micros;     /* of the second; digits after the sixth are ignored */
	bool zoned;     /* the text has an offset */
	int32_t offset; /* seconds east of UTC */
};

/**
 * dates_split(seconds, f):
 * Fill ${f} with the date and time ${seconds} after 1970-01-01T00:00:00.
 */
void dates_split(int64_t seconds, struct dates_fields *f);

/**
 * dates_parse(p, n, format, f):
 * Read the ${n} bytes at ${p}.  If ${format} is NULL they are ISO 8601 in the
 * form of RFC 3339: YYYY-MM-DD, optionally "T" or a space and
 * hh:mm[:ss[.fraction]], optionally Z or +hh:mm, +hhmm, +hh.  Otherwise
 * ${format} has the directives of DATES_IN, and other characters must match:
 * %y is 1969 to 2068; an epoch may have a fraction.  Return 0 or -1.
 */
int dates_parse(const char *p, size_t n, const char *format,
    struct dates_fields *f);

/**
 * dates_micros(f, micros):
 * Store the instant of ${f} in microseconds since 1970.  Without an offset,
 * store it as if ${f} were UTC.  Return 0, or -1 if ${f} has no offset.
 */
int dates_micros(const struct dates_fields *f, int64_t *micros);

/**
 * dates_of_micros(micros, east, f):
 * Fill ${f} with the local time at ${micros} where clocks are ${east} seconds
 * east of UTC.  Return 0, or -1 if the year is not from 1 to 9999.
 */
int dates_of_micros(int64_t micros, int32_t east, struct dates_fields *f);

/**
 * dates_format(fields, format, out):
 * Append ${fields} in ${format}, which has the directives of DATES_OUT.  %f
 * has six digits, %j is the day of the year, %z is +hh:mm.  If an offset has
 * seconds, it is raised to the next minute, and the time moves by as much.
 * Return 0, or -1 if it fails.
 */
int dates_format(const struct dates_fields *fields, const char *format,
    struct buf *out);

/* YYYY-MM-DDThh:mm:ss.ffffff and +hh:mm or Z; YYYY-MM-DD. */
enum dates_style { DATES_ISO, DATES_UTC, DATES_DAY };

/**
 * dates_write(f, style, out):
 * Append ${f} in ${style}: the same text as dates_format, but faster.
 */
void dates_write(const struct dates_fields *f, enum dates_style style,
    struct buf *out);

/**
 * dates_iso(fields, format, out):
 * Append ${fields}, which were read by ${format}, as ISO 8601: the date, the
 * time if ${format} has one, the offset if ${fields} have one.
 */
void dates_iso(const struct dates_fields *fields, const char *format,
    struct buf *out);

/**
 * dates_format_width(format):
 * Return the number of characters that dates_format always writes, or 0 if
 * it depends on the date.
 */
size_t dates_format_width(const char *format);

/**
 * dates_can_parse(format) / dates_can_format(format):
 * Return true if dates_parse or dates_format supports ${format}.
 */
bool dates_can_parse(const char *format);
bool dates_can_format(const char *format);

#endif /* !NF_LIB_BASE_DATES_H */
