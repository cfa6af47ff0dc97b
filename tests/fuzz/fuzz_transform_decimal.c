/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decimals: what is read is written as the same number, arithmetic can be
 * undone, and what fits 128 bits is what the processor says.  The input is
 * two numbers with a newline between them.
 */
#include "transform/value/decimal.h"

#include <stdbool.h>

#include "fuzz.h"
#include "lib/base/buf.h"

#define LIMIT ((__int128)1 << 60)

/* The value as an integer with ${scale} decimals, if it is small. */
static bool
small(const struct decimal *d, int scale, __int128 *v)
{
	int i;

	if (d->n > 2 || d->scale > scale || d->scale < 0)
		return (false);
	*v = 0;
	for (i = d->n; i-- > 0;)
		*v = *v * 1000000000 + d->limb[i];
	for (i = d->scale; i < scale; i++)
		*v *= 10;
	if (d->negative)
		*v = -*v;
	return (*v < LIMIT && *v > -LIMIT);
}

static int
order(const struct decimal *a, const struct decimal *b)
{
	int o = 7;

	if (decimal_compare(a, b, &o) != DECIMAL_OK)
		return (7);
	FUZZ_CHECK(o >= -1 && o <= 1);
	return (o);
}

static void
check_one(const struct decimal *d)
{
	struct decimal again;
	struct buf text;

	FUZZ_CHECK(d->n >= 0 && d->n <= DECIMAL_LIMBS);
	FUZZ_CHECK(d->n == 0 || d->limb[d->n - 1] != 0);
	FUZZ_CHECK(order(d, d) == 0 || order(d, d) == 7);
	if (d->scale < 0 || d->scale > 1000)
		return;
	buf_init(&text, (size_t)1 << 20);
	decimal_format(d, &text);
	FUZZ_CHECK(!text.failed);
	FUZZ_CHECK(decimal_parse(&again, text.data, text.len) == DECIMAL_OK);
	FUZZ_CHECK(again.scale == d->scale);
	FUZZ_CHECK(order(d, &again) == 0 || order(d, &again) == 7);
	buf_free(&text);
}

static void
check_two(const struct decimal *a, const struct decimal *b)
{
	struct decimal sum, back;
	__int128 x, y, z;
	int o = order(a, b);

	FUZZ_CHECK(o == 7 || order(b, a) == -o);
	if (small(a, 4, &x) && small(b, 4, &y)) {
		FUZZ_CHECK(o == (x > y) - (x < y));
		FUZZ_CHECK(decimal_add(&sum, a, b) == DECIMAL_OK);
		if (small(&sum, 4, &z))
			FUZZ_CHECK(z == x + y);
		FUZZ_CHECK(decimal_multiply(&sum, a, b) == DECIMAL_OK);
		if (small(&sum, 8, &z))
			FUZZ_CHECK(z == x * y);
	}
	if (decimal_add(&sum, a, b) == DECIMAL_OK &&
	    decimal_subtract(&back, &sum, b) == DECIMAL_OK)
		FUZZ_CHECK(order(a, &back) == 0 || order(a, &back) == 7);
}

static void
check_tidy(const char *s, int scale, enum rounding how)
{
	struct decimal d;
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	buf_puts(&b, s);
	if (decimal_is_served((const uint8_t *)s, strlen(s), scale)) {
		FUZZ_CHECK(decimal_tidy(&b, scale, how) == DECIMAL_OK);
		FUZZ_CHECK(b.len == strlen(s) &&
		    memcmp(b.data, s, b.len) == 0);
	} else if (decimal_tidy(&b, scale, how) == DECIMAL_OK && scale >= 0) {
		FUZZ_CHECK(decimal_parse(&d, b.data, b.len) == DECIMAL_OK);
		FUZZ_CHECK(d.scale == scale);
	}
	buf_reset(&b);
	buf_puts(&b, s);
	(void)decimal_from_comma(&b, 0);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *first = fuzz_until(&p, &n, '\n'), *second = fuzz_string(p, n);
	struct decimal a, b;
	bool one = decimal_parse(&a, first, strlen(first)) == DECIMAL_OK;
	bool two = decimal_parse(&b, second, strlen(second)) == DECIMAL_OK;
	int how;

	if (one)
		check_one(&a);
	if (two)
		check_one(&b);
	if (one && two)
		check_two(&a, &b);
	for (how = ROUND_NO; how <= ROUND_DOWN; how++)
		check_tidy(first, (int)(n % 8) - 1, (enum rounding)how);
	free(first);
	free(second);
	return (0);
}
