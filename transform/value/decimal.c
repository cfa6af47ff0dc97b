/* SPDX-License-Identifier: Apache-2.0 */
#include "decimal.h"

#include <assert.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"

#define BASE 1000000000U
#define MAX_EXPONENT 100000
/* Texts up to this length are never out of range. */
#define SERVED_MAX 40

static const struct decimal one = { .n = 1, .limb = { 1 } };

static void
normalize(struct decimal *d)
{

	while (d->n > 0 && d->limb[d->n - 1] == 0)
		d->n--;
	if (d->n == 0)
		d->negative = false;
}

/* d = d * factor + add */
static enum decimal_rc
scale_up(struct decimal *d, uint32_t factor, uint32_t add)
{
	uint64_t carry = add;
	int i;

	for (i = 0; i < d->n; i++) {
		carry += (uint64_t)d->limb[i] * factor;
		d->limb[i] = (uint32_t)(carry % BASE);
		carry /= BASE;
	}
	if (carry == 0)
		return (DECIMAL_OK);
	if (d->n == DECIMAL_LIMBS)
		return (DECIMAL_RANGE);
	d->limb[d->n++] = (uint32_t)carry;
	return (DECIMAL_OK);
}

/* d = d / divisor; return the remainder. */
static uint32_t
scale_down(struct decimal *d, uint32_t divisor)
{
	uint64_t rest = 0;
	int i;

	for (i = d->n; i-- > 0;) {
		rest = rest * BASE + d->limb[i];
		d->limb[i] = (uint32_t)(rest / divisor);
		rest %= divisor;
	}
	normalize(d);
	return ((uint32_t)rest);
}

static uint32_t
get_power(int n)
{
	static const uint32_t tens[] = { 1, 10, 100, 1000, 10000, 100000,
		1000000, 10000000, 100000000, 1000000000 };

	assert(n >= 0 && n <= 9);
	return (tens[n]);
}

/* Multiply the digits by 10^n; the value changes unless scale does too. */
static enum decimal_rc
shift_digits(struct decimal *d, int n)
{
	enum decimal_rc rc = DECIMAL_OK;
	int step;

	for (; d->n > 0 && n > 0 && rc == DECIMAL_OK; n -= step) {
		step = n < 9 ? n : 9;
		rc = scale_up(d, get_power(step), 0);
	}
	return (rc);
}

/* Read digits, nine at a time; *p moves past them. */
static enum decimal_rc
take_decimal_digits(struct decimal *d, const uint8_t **p, const uint8_t *end,
    int *count)
{
	uint32_t chunk = 0;
	int n = 0;

	for (*count = 0; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
		chunk = chunk * 10 + (uint32_t)(**p - '0');
		(*count)++;
		if (++n == 9) {
			if (scale_up(d, BASE, chunk) != DECIMAL_OK)
				return (DECIMAL_RANGE);
			n = 0;
			chunk = 0;
		}
	}
	return (n > 0 ? scale_up(d, get_power(n), chunk) : DECIMAL_OK);
}

static enum decimal_rc
take_exponent(struct decimal *d, const uint8_t *p, const uint8_t *end)
{
	bool minus = p < end && *p == '-', far = false;
	int e = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (p == end)
		return (DECIMAL_SYNTAX);
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return (DECIMAL_SYNTAX);
		far |= e >= MAX_EXPONENT;
		if (!far)
			e = e * 10 + (*p - '0');
	}
	d->scale += minus ? e : -e;
	if (d->n == 0) {
		d->scale = 0;
		return (DECIMAL_OK);
	}
	if (far)
		return (DECIMAL_RANGE);
	if (d->scale < 0) {
		if (d->scale < -DECIMAL_DIGITS)
			return (DECIMAL_RANGE);
		e = -d->scale;
		d->scale = 0;
		return (shift_digits(d, e));
	}
	return (d->scale > DECIMAL_DIGITS ? DECIMAL_RANGE : DECIMAL_OK);
}

enum decimal_rc
decimal_parse(struct decimal *d, const void *text, size_t n)
{
	const uint8_t *p = text, *end = p + n;
	enum decimal_rc rc;
	int whole, part;

	d->n = 0;
	d->scale = 0;
	d->negative = false;
	if (p < end && *p == '-') {
		d->negative = true;
		p++;
	}
	if ((rc = take_decimal_digits(d, &p, end, &whole)) != DECIMAL_OK)
		return (rc);
	if (whole == 0)
		return (DECIMAL_SYNTAX);
	if (p < end && *p == '.') {
		p++;
		if ((rc = take_decimal_digits(d, &p, end, &part)) != DECIMAL_OK)
			return (rc);
		if (part == 0)
			return (DECIMAL_SYNTAX);
		d->scale = part;
	}
	if (p < end && (*p | 0x20) == 'e') {
		if ((rc = take_exponent(d, p + 1, end)) != DECIMAL_OK)
			return (rc);
	} else if (p < end)
		return (DECIMAL_SYNTAX);
	if (d->scale > DECIMAL_DIGITS)
		return (DECIMAL_RANGE);
	normalize(d);
	return (DECIMAL_OK);
}

/* Give ${d} the larger scale ${scale}. */
static enum decimal_rc
widen_scale(struct decimal *d, int scale)
{
	int more = scale - d->scale;

	assert(more >= 0);
	d->scale = scale;
	return (shift_digits(d, more));
}

/* Compare only the digits. */
static int
compare_magnitude(const struct decimal *a, const struct decimal *b)
{
	int i;

	if (a->n != b->n)
		return (a->n < b->n ? -1 : 1);
	for (i = a->n; i-- > 0;)
		if (a->limb[i] != b->limb[i])
			return (a->limb[i] < b->limb[i] ? -1 : 1);
	return (0);
}

static enum decimal_rc
add_digits(struct decimal *d, const struct decimal *b)
{
	uint32_t carry = 0;
	int i;

	for (i = 0; i < b->n || carry > 0; i++) {
		if (i == DECIMAL_LIMBS)
			return (DECIMAL_RANGE);
		if (i >= d->n) {
			d->limb[i] = 0;
			d->n = i + 1;
		}
		carry += d->limb[i] + (i < b->n ? b->limb[i] : 0);
		d->limb[i] = carry % BASE;
		carry /= BASE;
	}
	return (DECIMAL_OK);
}

/* d = d - b, where b is not larger. */
static void
subtract_digits(struct decimal *d, const struct decimal *b)
{
	int64_t v;
	int64_t borrow = 0;
	int i;

	for (i = 0; i < d->n; i++) {
		v = (int64_t)d->limb[i] - borrow - (i < b->n ? b->limb[i] : 0);
		borrow = v < 0;
		d->limb[i] = (uint32_t)(v < 0 ? v + BASE : v);
	}
	assert(borrow == 0);
}

/* d = a + b, where ${b} has the sign ${negative} instead of its own. */
static enum decimal_rc
add_signed(struct decimal *d, const struct decimal *a, bool negative,
    const struct decimal *b)
{
	struct decimal x = *a, y = *b;
	int scale = x.scale > y.scale ? x.scale : y.scale;
	enum decimal_rc rc;

	y.negative = negative;
	if ((rc = widen_scale(&x, scale)) != DECIMAL_OK ||
	    (rc = widen_scale(&y, scale)) != DECIMAL_OK)
		return (rc);
	if (x.negative == y.negative) {
		rc = add_digits(&x, &y);
		*d = x;
	} else if (compare_magnitude(&x, &y) >= 0) {
		subtract_digits(&x, &y);
		*d = x;
	} else {
		subtract_digits(&y, &x);
		*d = y;
	}
	normalize(d);
	return (rc);
}

enum decimal_rc
decimal_add(struct decimal *d, const struct decimal *a,
    const struct decimal *b)
{

	return (add_signed(d, a, b->negative, b));
}

enum decimal_rc
decimal_subtract(struct decimal *d, const struct decimal *a,
    const struct decimal *b)
{

	return (add_signed(d, a, !b->negative, b));
}

enum decimal_rc
decimal_multiply(struct decimal *d, const struct decimal *a,
    const struct decimal *b)
{
	struct decimal x = { .negative = a->negative != b->negative,
		.scale = a->scale + b->scale };
	uint64_t carry;
	int i, j;

	if (a->n + b->n > DECIMAL_LIMBS || x.scale > DECIMAL_DIGITS)
		return (DECIMAL_RANGE);
	x.n = a->n + b->n;
	for (i = 0; i < a->n; i++) {
		for (j = 0, carry = 0; j < b->n || carry > 0; j++) {
			carry += x.limb[i + j];
			if (j < b->n)
				carry += (uint64_t)a->limb[i] * b->limb[j];
			x.limb[i + j] = (uint32_t)(carry % BASE);
			carry /= BASE;
		}
	}
	normalize(&x);
	*d = x;
	return (DECIMAL_OK);
}

enum decimal_rc
decimal_compare(const struct decimal *a, const struct decimal *b, int *order)
{
	struct decimal d;
	enum decimal_rc rc = decimal_subtract(&d, a, b);

	if (rc == DECIMAL_OK)
		*order = d.n == 0 ? 0 : d.negative ? -1 : 1;
	return (rc);
}

/* Is the dropped part more than, exactly, or less than half a unit? */
static bool
rounds_up(const struct decimal *d, int half, enum rounding how)
{

	if (how == ROUND_HALF_UP)
		return (half >= 0);
	if (how == ROUND_HALF_EVEN)
		return (half > 0 ||
		    (half == 0 && d->n > 0 && d->limb[0] % 2 == 1));
	return (false);
}

/*
 * Give ${d} exactly ${scale} decimals: DECIMAL_SCALE if digits would be lost
 * and ${how} is ROUND_NO.
 */
static enum decimal_rc
rescale(struct decimal *d, int scale, enum rounding how)
{
	bool negative = d->negative, rest = false;
	uint32_t last = 0;
	int drop;

	if (scale >= d->scale)
		return (widen_scale(d, scale));
	/* All but one of the dropped digits, then the first of them. */
	for (drop = d->scale - scale - 1; drop > 0; drop -= drop < 9 ? drop : 9)
		rest |= scale_down(d, get_power(drop < 9 ? drop : 9)) != 0;
	last = scale_down(d, 10);
	d->scale = scale;
	if ((last != 0 || rest) && how == ROUND_NO)
		return (DECIMAL_SCALE);
	if (rounds_up(d, last != 5 ? (last > 5 ? 1 : -1) : rest, how) &&
	    add_digits(d, &one) != DECIMAL_OK)
		return (DECIMAL_RANGE);
	d->negative = negative && d->n > 0;
	return (DECIMAL_OK);
}

void
decimal_format(const struct decimal *d, struct buf *out)
{
	char text[DECIMAL_DIGITS + 9];
	size_t at = sizeof(text), n;
	uint32_t v;
	int i, j;

	for (i = 0; i < d->n; i++)
		for (j = 0, v = d->limb[i]; j < 9; j++, v /= 10)
			text[--at] = (char)('0' + v % 10);
	while (at < sizeof(text) && text[at] == '0')
		at++;
	n = sizeof(text) - at;
	if (d->negative)
		buf_putc(out, '-');
	for (i = d->scale + 1; i > (int)n; i--) {
		buf_putc(out, '0');
		if (i == d->scale + 1 && d->scale > 0)
			buf_putc(out, '.');
	}
	if (d->scale == 0 || (int)n <= d->scale) {
		buf_append(out, text + at, n);
		return;
	}
	buf_append(out, text + at, n - (size_t)d->scale);
	buf_putc(out, '.');
	buf_append(out, text + sizeof(text) - d->scale,
	    (size_t)d->scale);
}

/* The largest v below BASE for which ${y} times v is at most ${r}. */
static uint32_t
find_digit(const struct decimal *r, const struct decimal *y)
{
	uint32_t lo = 0, hi = BASE - 1, mid;
	struct decimal t;

	while (lo < hi) {
		mid = lo + (hi - lo + 1) / 2;
		t = *y;
		if (scale_up(&t, mid, 0) == DECIMAL_OK &&
		    compare_magnitude(&t, r) <= 0)
			lo = mid;
		else
			hi = mid - 1;
	}
	return (lo);
}

/* ${q} = ${x} / ${y} and ${r} the remainder, using only their digits. */
static enum decimal_rc
divide_digits(const struct decimal *x, const struct decimal *y,
    struct decimal *q, struct decimal *r)
{
	struct decimal t;
	int i;

	memset(r, 0, sizeof(*r));
	memset(q, 0, sizeof(*q));
	q->n = x->n;
	for (i = x->n; i-- > 0;) {
		if (scale_up(r, BASE, x->limb[i]) != DECIMAL_OK)
			return (DECIMAL_RANGE);
		normalize(r);
		q->limb[i] = find_digit(r, y);
		t = *y;
		(void)scale_up(&t, q->limb[i], 0);
		normalize(&t);
		subtract_digits(r, &t);
		normalize(r);
	}
	normalize(q);
	return (DECIMAL_OK);
}

enum decimal_rc
decimal_divide(struct decimal *d, const struct decimal *a,
    const struct decimal *b, int scale, enum rounding how)
{
	struct decimal x = *a, y = *b, q, r;
	int more = scale + b->scale - a->scale, half;

	assert(b->n > 0 && !b->negative);
	if (shift_digits(more > 0 ? &x : &y, more > 0 ? more : -more) !=
	    DECIMAL_OK || divide_digits(&x, &y, &q, &r) != DECIMAL_OK)
		return (DECIMAL_RANGE);
	q.scale = scale;
	if (r.n > 0 && how == ROUND_NO)
		return (DECIMAL_SCALE);
	if (r.n > 0) {
		if (scale_up(&r, 2, 0) != DECIMAL_OK)
			return (DECIMAL_RANGE);
		half = compare_magnitude(&r, &y);
		if (rounds_up(&q, half, how) && add_digits(&q, &one) !=
		    DECIMAL_OK)
			return (DECIMAL_RANGE);
	}
	q.negative = a->negative && q.n > 0;
	*d = q;
	return (DECIMAL_OK);
}

enum decimal_rc
decimal_tidy(struct buf *b, int scale, enum rounding how)
{
	struct decimal d;
	enum decimal_rc rc = decimal_parse(&d, b->data, b->len);

	if (rc != DECIMAL_OK || scale == -1 ||
	    (rc = rescale(&d, scale, how)) != DECIMAL_OK)
		return (rc);
	b->len = 0;
	decimal_format(&d, b);
	return (DECIMAL_OK);
}

bool
decimal_is_served(const uint8_t *p, size_t n, int scale)
{
	const uint8_t *end = p + n, *first = p += n > 0 && *p == '-';
	size_t whole, part = 0;

	if (n > SERVED_MAX)
		return (false);
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	if ((whole = (size_t)(p - first)) == 0)
		return (false);
	if (p < end && *p == '.') {
		first = ++p;
		while (p < end && *p >= '0' && *p <= '9')
			p++;
		if ((part = (size_t)(p - first)) == 0)
			return (false);
		first -= whole + 1;
	}
	if (p < end)
		return (false);
	/* The plain form has neither -0.00 nor 007. */
	return (scale == -1 || ((size_t)scale == part &&
	    (*first != '0' || (whole == 1 && whole + part + (part > 0) == n))));
}

int
decimal_to_integer(struct buf *b, size_t from)
{
	const uint8_t *p = b->data + from;
	size_t n = b->len - from, i = n > 0 && p[0] == '-';
	struct decimal d;

	/* Most already are: digits, without leading zeros. */
	if (i < n && p[i] >= '1' && p[i] <= '9') {
		while (i < n && p[i] >= '0' && p[i] <= '9')
			i++;
		if (i == n)
			return (0);
	}
	if (decimal_parse(&d, p, n) != DECIMAL_OK ||
	    rescale(&d, 0, ROUND_NO) != DECIMAL_OK)
		return (-1);
	b->len = from;
	decimal_format(&d, b);
	return (0);
}

/* Skip blanks and "R$", before or after a sign; is there a minus? */
static bool
skip_currency(const uint8_t **p, const uint8_t *end)
{
	bool minus = false, currency = false;
	size_t n;

	for (;;) {
		if ((n = utf8_blank(*p, (size_t)(end - *p))) > 0)
			*p += n;
		else if (!currency && end - *p >= 2 &&
		    memcmp(*p, "R$", 2) == 0) {
			currency = true;
			*p += 2;
		} else if (!minus && *p < end && **p == '-') {
			minus = true;
			(*p)++;
		} else
			return (minus);
	}
}

/*
 * Copy "1.234,56" without its points and with a point for the comma: each
 * group has three digits, except the first, which has no leading zero.
 */
static int
copy_groups(const uint8_t *p, const uint8_t *end, struct buf *b)
{
	const uint8_t *first = p;
	size_t group = 0;
	bool grouped = false;

	for (; p < end && *p != ','; p++) {
		if (*p == '.') {
			if (grouped ? group != 3 : group < 1 || group > 3 ||
			    *first == '0')
				return (-1);
			grouped = true;
			group = 0;
			continue;
		}
		if (*p < '0' || *p > '9')
			return (-1);
		group++;
		b->data[b->len++] = *p;
	}
	if (group == 0 || (grouped && group != 3))
		return (-1);
	if (p == end)
		return (0);
	b->data[b->len++] = '.';
	if (++p == end)
		return (-1);
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return (-1);
		b->data[b->len++] = *p;
	}
	return (0);
}

int
decimal_from_comma(struct buf *b, size_t from)
{
	const uint8_t *p = b->data + from, *end = b->data + b->len;
	size_t n;

	while ((n = utf8_blank_before(p, (size_t)(end - p))) > 0)
		end -= n;
	/* The output is never longer than the input read so far. */
	b->len = from;
	if (skip_currency(&p, end))
		b->data[b->len++] = '-';
	return (copy_groups(p, end, b));
}
