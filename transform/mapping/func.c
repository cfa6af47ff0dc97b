/* SPDX-License-Identifier: Apache-2.0 */
#include "func.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/crc32c.h"
#include "lib/base/dates.h"
#include "lib/base/err.h"
#include "lib/base/near.h"
#include "lib/base/number.h"
#include "lib/base/utf8.h"
#include "lib/base/vector.h"
#include "lib/base/zone.h"
#include "path.h"
#include "pattern.h"
#include "pool.h"
#include "transform/value/decimal.h"

#define MAX_PAD 256
#define MAX_BUCKETS 10000

/* The kinds of arguments of a function. */
enum arguments {
	NO_ARGS,
	WIDTH,
	BUCKETS,
	FORMAT,
	UNIT,
	RANGE,
	TEXT,
	INPUT,
	REGEX,
	SECRET,
	KEEP
};

static const struct {
	const char *name;
	enum arguments args;
} known[] = {
	[FUNC_PAD] = { "pad", WIDTH },
	[FUNC_REVERSE] = { "reverse", NO_ARGS },
	[FUNC_SALT] = { "salt", BUCKETS },
	[FUNC_HASH] = { "hash", NO_ARGS },
	[FUNC_DATE] = { "date", FORMAT },
	[FUNC_REVERSE_TIME] = { "reverse_time", UNIT },
	[FUNC_DIGITS] = { "digits", NO_ARGS },
	[FUNC_ALNUM] = { "alnum", NO_ARGS },
	[FUNC_UPPER] = { "upper", NO_ARGS },
	[FUNC_LOWER] = { "lower", NO_ARGS },
	[FUNC_SUBSTR] = { "substr", RANGE },
	[FUNC_TRIM] = { "trim", NO_ARGS },
	[FUNC_COMMA] = { "comma", NO_ARGS },
	[FUNC_INTEGER] = { "integer", NO_ARGS },
	[FUNC_PARSE] = { "parse", INPUT },
	[FUNC_EXTRACT] = { "extract", REGEX },
	[FUNC_HMAC] = { "hmac", SECRET },
	[FUNC_MASK] = { "mask", KEEP },
	[FUNC_JOIN] = { "join", TEXT },
	[FUNC_DEFAULT] = { "default", TEXT },
};
#define NKNOWN (sizeof(known) / sizeof(known[0]))

/* Read an integer, possibly negative, at *p; false if absent. */
static bool
read_whole(const char **p, int64_t min, int64_t max, int64_t *v)
{
	const char *at = **p == '-' ? *p + 1 : *p;
	uint64_t u;

	if (number_next(&at, INT64_MAX, &u) == -1)
		return (false);
	*v = **p == '-' ? -(int64_t)u : (int64_t)u;
	*p = at;
	return (*v >= min && *v <= max);
}

/* "N" or "N,C". */
static const char *
parse_width(struct func *f, const char *p)
{

	f->b = '0';
	if (!read_whole(&p, 1, MAX_PAD, &f->a))
		return ("pad needs a width from 1 to 256");
	if (p[0] == ',' && p[1] > ' ' && p[1] < 0x7f && p[2] == '\0')
		f->b = p[1];
	else if (*p != '\0')
		return ("after the width only ,C may follow, one character");
	return (NULL);
}

/* "START" or "START,LENGTH". */
static const char *
parse_range(struct func *f, const char *p)
{

	f->b = INT32_MAX;
	if (!read_whole(&p, -MAX_PAD, 4096, &f->a) ||
	    (*p == ',' && (p++, !read_whole(&p, 1, 4096, &f->b))) || *p != '\0')
		return ("substr needs a start, from 0 (or negative, from the "
		    "end), and perhaps a length");
	return (NULL);
}

static const char *
parse_unit(struct func *f, const char *p)
{
	static const struct {
		const char *name;
		int64_t micros, max; /* max: this many nines */
	} units[] = { { "", 1000, 9999999999999 },
		{ "ms", 1000, 9999999999999 },
		{ "s", 1000000, 9999999999 }, { "us", 1, 9999999999999999 } };
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(p, units[i].name) == 0) {
			f->a = units[i].micros;
			f->b = units[i].max;
			return (NULL);
		}
	return ("reverse_time knows the units s, ms and us");
}

static const char *
parse_secret(struct func *f, const struct func_env *env, const char *p)
{
	const struct secret *k;

	for (k = env->secrets; k != NULL; k = k->next)
		if (strcmp(k->name, p) == 0) {
			f->secret = k;
			return (NULL);
		}
	return ("hmac needs one of the names in /secrets");
}

static int
parse_regex(struct func *f, const struct func_env *env, const char *p,
    struct err *e)
{

	if (pattern_compile(env->patterns, p, PATTERN_GROUP, &f->regex, e) ==
	    -1)
		return (-1);
	return (f->regex->re_nsub > 0 ? 0 : err_set(e, ERR_CONFIG,
	    "extract needs a pattern with a group in ( )"));
}

/* NULL, or the mistake. */
static const char *
parse_args(struct func *f, enum arguments args, const struct func_env *env,
    const char *p)
{

	switch (args) {
	case WIDTH:
		return (parse_width(f, p));
	case BUCKETS:
		if (!read_whole(&p, 2, MAX_BUCKETS, &f->a) || *p != '\0')
			return ("salt needs a number of buckets, 2 to 10000");
		f->b = f->a <= 10 ? 1 : f->a <= 100 ? 2 : f->a <= 1000 ? 3 : 4;
		return (NULL);
	case FORMAT:
		return (*p != '\0' && dates_can_format(p) ? NULL :
		    "date needs a format of " DATES_OUT);
	case INPUT:
		return (*p != '\0' && dates_can_parse(p) ? NULL :
		    "parse needs a format of " DATES_IN);
	case UNIT:
		return (parse_unit(f, p));
	case RANGE:
		return (parse_range(f, p));
	case KEEP:
		return (read_whole(&p, 0, MAX_PAD, &f->a) && *p == '\0' ?
		    NULL : "mask needs how many characters stay, 0 to 256");
	case SECRET:
		return (parse_secret(f, env, p));
	case NO_ARGS:
		return (*p == '\0' ? NULL : "this function has no arguments");
	default:
		return (NULL);
	}
}

/* "unknown function; known are pad, ...", perhaps with a suggestion. */
static int
report_unknown(const char *name, struct err *e)
{
	const char *names[NKNOWN], *meant;
	char list[NKNOWN * 14];
	size_t i, at = 0;

	if (*name == ' ' || (*name != '\0' && name[strlen(name) - 1] == ' '))
		return (err_set(e, ERR_CONFIG, "no spaces allowed around a "
		    "function"));
	for (i = 0; i < NKNOWN; i++) {
		names[i] = known[i].name;
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s",
		    i > 0 ? ", " : "", names[i]);
	}
	meant = near_word(name, names, NKNOWN);
	if (meant != NULL)
		return (err_set(e, ERR_CONFIG, "unknown function; did you mean "
		    "%s?", meant));
	return (err_set(e, ERR_CONFIG, "unknown function; expected one of "
	    "%s", list));
}

int
func_parse(struct func *f, const char *text, size_t len,
    const struct func_env *env, struct err *e)
{
	char *copy = pool_copy(env->pool, text, len), *args;
	const char *wrong;
	long end;
	size_t i;

	if (copy == NULL)
		return (err_nomem(e));
	if ((args = strchr(copy, ':')) != NULL) {
		*args++ = '\0';
		if ((end = path_unescape(args, strlen(args), args)) == -1)
			return (err_set(e, ERR_CONFIG, "%s", PATH_ESCAPES));
		args[end] = '\0';
	}
	for (i = 0; i < NKNOWN; i++)
		if (strcmp(copy, known[i].name) == 0)
			break;
	if (i == NKNOWN)
		return (report_unknown(copy, e));
	memset(f, 0, sizeof(*f));
	f->kind = (enum func_kind)i;
	f->zone = env->zone;
	f->text = args != NULL ? args : "";
	if (known[i].args == REGEX)
		return (parse_regex(f, env, f->text, e));
	wrong = parse_args(f, known[i].args, env, f->text);
	return (wrong == NULL ? 0 : err_set(e, ERR_CONFIG, "%s", wrong));
}

static int
set_func_fault(struct func_fault *fault, const char *code, const char *what)
{

	fault->code = code;
	fault->what = what;
	return (-1);
}

/* All bytes but those that continue a sequence; the buffer is padded. */
static size_t
count_characters(const uint8_t *p, size_t n)
{
	size_t i, c = n;
	unsigned more;

	for (i = 0; i < n; i += VECTOR_BYTES) {
		more = vector_mask((vector_s8)vector_load(p + i) <
		    (int8_t)0xc0);
		if (n - i < VECTOR_BYTES)
			more &= (1U << (n - i)) - 1;
		c -= more == 0 ? 0 : (size_t)__builtin_popcount(more);
	}
	return (c);
}

static int
apply_pad(const struct func *f, struct buf *b, size_t from,
    struct func_fault *fault)
{
	size_t n = b->len - from, have, more;
	uint8_t *p;

	have = count_characters(b->data + from, n);
	if (have > (size_t)f->a)
		return (set_func_fault(fault, "pad_overflow",
		    "longer than the width it is padded to"));
	if (f->b == '0' && n > 0 && b->data[from] == '-')
		return (set_func_fault(fault, "pad_negative",
		    "a negative number cannot be padded with zeros"));
	more = (size_t)f->a - have;
	if (buf_reserve(b, more) == -1)
		return (set_func_fault(fault, NULL, NULL));
	p = b->data + from;
	memmove(p + more, p, n);
	memset(p, (int)f->b, more);
	b->len += more;
	return (1);
}

/* Reverse characters: all bytes, then each sequence again. */
static void
reverse_characters(uint8_t *p, size_t n)
{
	size_t i, j, from;
	uint8_t c;

	for (i = 0, j = n; i + 1 < j; i++) {
		c = p[i];
		p[i] = p[--j];
		p[j] = c;
	}
	for (i = 0; i < n; i++) {
		for (from = i; i + 1 < n && (p[i] & 0xc0) == 0x80; i++)
			;
		if (i > from) {
			for (j = i; from < j; from++, j--) {
				c = p[from];
				p[from] = p[j];
				p[j] = c;
			}
		}
	}
}

/* The bytes of the first ${count} characters. */
static size_t
measure_characters(const uint8_t *p, size_t n, int64_t count)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((p[i] & 0xc0) != 0x80 && count-- == 0)
			break;
	return (i);
}

static void
apply_substr(const struct func *f, struct buf *b, size_t from)
{
	uint8_t *p = b->data + from;
	size_t n = b->len - from, start, len;
	int64_t chars = (int64_t)count_characters(p, n);
	int64_t first = f->a >= 0 ? f->a : chars + f->a;

	if (first < 0)
		first = 0;
	if (chars == (int64_t)n) { /* a byte each */
		start = first < chars ? (size_t)first : n;
		len = f->b < chars - (int64_t)start ? (size_t)f->b : n - start;
	} else {
		start = measure_characters(p, n, first);
		len = measure_characters(p + start, n - start, f->b);
	}
	memmove(p, p + start, len);
	b->len = from + len;
}

static void
apply_trim(struct buf *b, size_t from)
{
	size_t at = from, n;

	while ((n = utf8_blank_before(b->data + from, b->len - from)) > 0)
		b->len -= n;
	while ((n = utf8_blank(b->data + at, b->len - at)) > 0)
		at += n;
	memmove(b->data + from, b->data + at, b->len - at);
	b->len -= at - from;
}

static bool
is_kept_digit(uint8_t c)
{

	return (c >= '0' && c <= '9');
}

static bool
is_kept_alnum(uint8_t c)
{

	return (is_kept_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'));
}

static void
keep_characters(struct buf *b, size_t from, bool (*is_kept)(uint8_t c))
{
	size_t i, to = from;

	for (i = from; i < b->len; i++)
		if (is_kept(b->data[i]))
			b->data[to++] = b->data[i];
	b->len = to;
}

static void
change_case(struct buf *b, size_t from, uint8_t first, uint8_t last)
{
	size_t i;

	for (i = from; i < b->len; i++)
		if (b->data[i] >= first && b->data[i] <= last)
			b->data[i] ^= 0x20;
}

static int
read_instant(const struct func *f, struct buf *b, size_t from, int64_t *micros,
    struct func_fault *fault)
{
	struct dates_fields d;

	if (dates_parse((const char *)b->data + from, b->len - from, NULL,
	    &d) == -1)
		return (set_func_fault(fault, "bad_date",
		    "not an ISO 8601 date"));
	if (zone_micros(f->zone, &d, micros) == -1)
		return (set_func_fault(fault, "no_zone",
		    "a time without a zone, and the mapping has none"));
	return (0);
}

static int
apply_time(const struct func *f, struct buf *b, size_t from,
    struct func_fault *fault)
{
	struct dates_fields d;
	int64_t t;
	int width = f->b == 9999999999 ? 10 : f->b == 9999999999999 ? 13 : 16;

	if (read_instant(f, b, from, &t, fault) == -1)
		return (-1);
	b->len = from;
	if (f->kind == FUNC_DATE) {
		if (zone_local(f->zone, t, &d) == -1)
			return (set_func_fault(fault, "bad_date",
			    "outside the years 1 to 9999 in the zone"));
		(void)dates_format(&d, f->text, b);
		return (1);
	}
	if (t < 0 || t / f->a > f->b)
		return (set_func_fault(fault, "bad_date",
		    "outside the years that reverse_time can count"));
	buf_printf(b, "%0*" PRId64, width, f->b - t / f->a);
	return (1);
}

/* A date or time in a given format, as ISO 8601. */
static int
apply_parse(const struct func *f, struct buf *b, size_t from,
    struct func_fault *fault)
{
	struct dates_fields d;

	if (dates_parse((const char *)b->data + from, b->len - from, f->text,
	    &d) == -1)
		return (set_func_fault(fault, "bad_date",
		    "not a date or time of the format of parse"));
	b->len = from;
	dates_iso(&d, f->text, b);
	return (1);
}

/* The text of the first group of the pattern; absent without a match. */
static int
apply_extract(const struct func *f, struct buf *b, size_t from,
    struct func_fault *fault)
{
	size_t at, n;
	int rc;

	rc = pattern_group(f->regex, (const char *)b->data + from,
	    b->len - from, &at, &n);
	if (rc == -1)
		return (set_func_fault(fault, NULL, NULL));
	if (rc == 0)
		return (0);
	memmove(b->data + from, b->data + from + at, n);
	b->len = from + n;
	return (1);
}

static void
apply_hmac(const struct func *f, struct buf *b, size_t from)
{
	char hex[HMAC_HEX];

	hmac_text(&f->secret->key, b->data + from, b->len - from, hex);
	b->len = from;
	buf_puts(b, hex);
}

/* "*" for all but the last characters; for all if there are no others. */
static void
apply_mask(const struct func *f, struct buf *b, size_t from)
{
	size_t n = count_characters(b->data + from, b->len - from);
	size_t i, to = from;
	size_t hide = n > (size_t)f->a ? n - (size_t)f->a : n;

	for (i = from; i < b->len && hide > 0; i++)
		if ((b->data[i] & 0xc0) != 0x80) {
			b->data[to++] = '*';
			hide--;
		}
	while (i < b->len && (b->data[i] & 0xc0) == 0x80)
		i++;
	memmove(b->data + to, b->data + i, b->len - i);
	b->len -= i - to;
}

static int
apply_integer(struct buf *b, size_t from, struct func_fault *fault)
{

	return (decimal_to_integer(b, from) == 0 ? 1 :
	    set_func_fault(fault, "not_integer", "not a whole number"));
}

/*
 * Is the JSON number of ${n} bytes at ${p} plain digits?  8 more bytes after
 * it may be read.  No other character in a number has the high half of a
 * digit.
 */
static inline bool
is_plain_number(const uint8_t *p, size_t n)
{
	const uint64_t high = 0xf0f0f0f0f0f0f0f0ULL;
	uint64_t w, mask;

	for (; n > 0; p += 8, n = n > 8 ? n - 8 : 0) {
		memcpy(&w, p, sizeof(w));
		mask = n >= 8 ? high : high >> (64 - 8 * n);
		if ((w & mask) != (0x3030303030303030ULL & mask))
			return (false);
	}
	return (true);
}

int
func_number(const struct func *f, size_t n, struct buf *b, size_t from,
    struct func_fault *fault)
{
	size_t i = 0;

	while (i < n && f[i].kind == FUNC_COMMA)
		i++; /* a JSON number has its point already */
	if (i < n && f[i].kind == FUNC_PAD &&
	    !is_plain_number(b->data + from, b->len - from) &&
	    apply_integer(b, from, fault) == -1)
		return (-1);
	return ((int)i);
}

static void
apply_hash(const struct func *f, struct buf *b, size_t from)
{
	uint32_t crc = crc32c_update(0, b->data + from, b->len - from);

	b->len = from;
	if (f->kind == FUNC_HASH)
		buf_printf(b, "%08x", (unsigned)crc);
	else
		buf_printf(b, "%0*u", (int)f->b,
		    (unsigned)(crc % (uint32_t)f->a));
}

int
func_apply(const struct func *f, struct buf *b, size_t from,
    struct func_fault *fault)
{

	if (buf_reserve(b, 0) == -1)
		return (set_func_fault(fault, NULL, NULL));
	switch (f->kind) {
	case FUNC_PAD:
		return (apply_pad(f, b, from, fault));
	case FUNC_REVERSE:
		reverse_characters(b->data + from, b->len - from);
		break;
	case FUNC_SALT:
	case FUNC_HASH:
		apply_hash(f, b, from);
		break;
	case FUNC_DATE:
	case FUNC_REVERSE_TIME:
		return (apply_time(f, b, from, fault));
	case FUNC_DIGITS:
		keep_characters(b, from, is_kept_digit);
		break;
	case FUNC_ALNUM:
		keep_characters(b, from, is_kept_alnum);
		break;
	case FUNC_UPPER:
		change_case(b, from, 'a', 'z');
		break;
	case FUNC_LOWER:
		change_case(b, from, 'A', 'Z');
		break;
	case FUNC_SUBSTR:
		apply_substr(f, b, from);
		break;
	case FUNC_TRIM:
		apply_trim(b, from);
		break;
	case FUNC_COMMA:
		return (decimal_from_comma(b, from) == 0 ? 1 :
		    set_func_fault(fault, "bad_decimal",
		    "not a decimal written as 1.234,56"));
	case FUNC_INTEGER:
		return (apply_integer(b, from, fault));
	case FUNC_PARSE:
		return (apply_parse(f, b, from, fault));
	case FUNC_EXTRACT:
		return (apply_extract(f, b, from, fault));
	case FUNC_HMAC:
		apply_hmac(f, b, from);
		break;
	case FUNC_MASK:
		apply_mask(f, b, from);
		break;
	case FUNC_JOIN:
	case FUNC_DEFAULT:
		break;
	}
	return (1);
}

size_t
func_width(const struct func *f, size_t n)
{
	size_t i, width = 0;

	for (i = 0; i < n; i++) {
		switch (f[i].kind) {
		case FUNC_PAD:
			width = (size_t)f[i].a;
			break;
		case FUNC_SALT:
			width = (size_t)f[i].b;
			break;
		case FUNC_HASH:
			width = 8;
			break;
		case FUNC_DATE:
			width = dates_format_width(f[i].text);
			break;
		case FUNC_REVERSE_TIME:
			width = f[i].b == 9999999999 ? 10 :
			    f[i].b == 9999999999999 ? 13 : 16;
			break;
		case FUNC_HMAC:
			width = HMAC_HEX - 1;
			break;
		case FUNC_REVERSE:
		case FUNC_UPPER:
		case FUNC_LOWER:
		case FUNC_MASK:
		case FUNC_DEFAULT:
			break;
		default:
			width = 0;
		}
	}
	return (width);
}
