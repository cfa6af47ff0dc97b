/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_same.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "scan.h"

#define MAX_EXPONENT 1000000 /* a larger exponent counts as this one */

/* A number as digits without zeros at either end, and a power of ten. */
struct decimal {
	bool negative;
	const uint8_t *digit; /* the first one; a '.' may follow */
	size_t n;             /* number of digits, without the '.' */
	int64_t exponent;     /* power of ten of the last digit */
};

/* The exponent after the digits, from ${p}, "e+5" or nothing. */
static int64_t
read_exponent(const uint8_t *p, const uint8_t *end)
{
	int64_t v = 0, most = MAX_EXPONENT;

	if (p < end)
		p++;
	if (p < end && *p == '+')
		p++;
	if (p < end && *p == '-')
		most = -most;
	if (p < end && (number_i64(p, (size_t)(end - p), &v) == -1 ||
	    v > MAX_EXPONENT || v < -MAX_EXPONENT))
		v = most;
	return (v);
}

static void
split_decimal(const struct scan *s, uint32_t t, struct decimal *d)
{
	const uint8_t *p = scan_ptr(s, t), *end = p + scan_len(s, t);
	bool point = false;
	size_t zeros = 0;

	memset(d, 0, sizeof(*d));
	d->negative = *p == '-';
	for (p += d->negative; p < end && *p != 'e' && *p != 'E'; p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		d->exponent -= point;
		if (*p == '0') {
			zeros += d->n > 0;
			continue;
		}
		if (d->n == 0)
			d->digit = p;
		d->n += zeros + 1;
		zeros = 0;
	}
	d->exponent += read_exponent(p, end) + (int64_t)zeros;
	if (d->n > 0)
		return;
	d->negative = false; /* 0, in any notation */
	d->exponent = 0;
}

static bool
equals_number(const struct scan *a, uint32_t t, const struct scan *b,
    uint32_t u)
{
	struct decimal x, y;
	const uint8_t *p, *q;
	size_t i;

	split_decimal(a, t, &x);
	split_decimal(b, u, &y);
	/* Trailing zeros count as exponent: equal values have equal digits. */
	if (x.negative != y.negative || x.n != y.n ||
	    (x.n > 0 && x.exponent != y.exponent))
		return (false);
	p = x.digit;
	q = y.digit;
	for (i = 0; i < x.n; i++, p++, q++) {
		p += *p == '.';
		q += *q == '.';
		if (*p != *q)
			return (false);
	}
	return (true);
}

static bool
equals_string(const struct scan *a, uint32_t t, const struct scan *b,
    uint32_t u)
{
	struct buf text;
	bool same;

	if (b->tok[u].escaped == 0)
		return (scan_equals(a, t, scan_ptr(b, u), scan_len(b, u)));
	buf_init(&text, (size_t)SCAN_MAX_LEN + 1);
	same = scan_string(b, u, &text) == 0 &&
	    scan_equals(a, t, text.data, text.len);
	buf_free(&text);
	return (same);
}

static bool
equals_members(const struct scan *a, uint32_t t, const struct scan *b,
    uint32_t u)
{
	uint32_t i, v;
	struct buf key;
	bool same = true;

	buf_init(&key, (size_t)SCAN_MAX_LEN + 1);
	for (i = t + 1; same && i < a->tok[t].next; i = a->tok[i + 1].next) {
		buf_reset(&key);
		v = scan_string(a, i, &key) == -1 ? SCAN_NOT_FOUND :
		    scan_member(b, u, key.len > 0 ? (const char *)key.data :
		    "", key.len);
		same = v != SCAN_NOT_FOUND && scan_same(a, i + 1, b, v);
	}
	buf_free(&key);
	return (same);
}

static bool
equals_items(const struct scan *a, uint32_t t, const struct scan *b,
    uint32_t u)
{
	uint32_t i, k = u + 1;

	for (i = t + 1; i < a->tok[t].next; i = a->tok[i].next) {
		if (!scan_same(a, i, b, k))
			return (false);
		k = b->tok[k].next;
	}
	return (true);
}

bool
scan_same(const struct scan *a, uint32_t t, const struct scan *b, uint32_t u)
{

	if (a->tok[t].kind != b->tok[u].kind)
		return (false);
	switch (a->tok[t].kind) {
	case SCAN_STRING:
		return (equals_string(a, t, b, u));
	case SCAN_NUMBER:
		return (equals_number(a, t, b, u));
	case SCAN_ARRAY:
		return (a->tok[t].count == b->tok[u].count &&
		    equals_items(a, t, b, u));
	case SCAN_OBJECT:
		return (a->tok[t].count == b->tok[u].count &&
		    equals_members(a, t, b, u));
	default:
		return (true);
	}
}

bool
scan_same_text(const struct scan *s, uint32_t t, const char *text)
{
	struct err why = { .class = ERR_NONE };
	struct scan other;
	struct buf b;
	bool same;

	buf_init(&b, (size_t)SCAN_MAX_LEN + 1);
	scan_init(&other);
	same = buf_puts(&b, text) == 0 &&
	    scan_text(&other, b.data, b.len, &why) == 0 &&
	    scan_same(s, t, &other, 0);
	scan_free(&other);
	buf_free(&b);
	return (same);
}
