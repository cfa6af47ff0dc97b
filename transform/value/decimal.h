/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_VALUE_DECIMAL_H
#define NF_TRANSFORM_VALUE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Exact decimal numbers of up to DECIMAL_DIGITS digits: no doubles; nothing is
 * rounded unless requested.
 */
#define DECIMAL_LIMBS 64
#define DECIMAL_DIGITS (DECIMAL_LIMBS * 9)

struct buf;

enum decimal_rc {
	DECIMAL_OK,
	DECIMAL_SYNTAX, /* not a decimal number */
	DECIMAL_SCALE,  /* more decimals than requested */
	DECIMAL_RANGE   /* more than DECIMAL_DIGITS digits */
};

enum rounding { ROUND_NO, ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN };

/* limb[0] is the least significant; value = limbs / 10^scale. */
struct decimal {
	bool negative;
	int scale;
	int n; /* limbs in use; the highest is not 0 */
	uint32_t limb[DECIMAL_LIMBS]; /* 9 digits each */
};

/**
 * decimal_parse(d, p, n):
 * Read -?digits[.digits][(e|E)[+-]digits] with any leading zeros.  Return
 * DECIMAL_OK, DECIMAL_SYNTAX or DECIMAL_RANGE.
 */
enum decimal_rc decimal_parse(struct decimal *d, const void *p, size_t n);

/**
 * decimal_add(d, a, b) / decimal_subtract(d, a, b) /
 * decimal_multiply(d, a, b):
 * ${d} = ${a} + ${b}, ${a} - ${b}, ${a} * ${b}; ${d} may be one of them.
 * Return DECIMAL_OK or DECIMAL_RANGE.
 */
enum decimal_rc decimal_add(struct decimal *d, const struct decimal *a,
    const struct decimal *b);
enum decimal_rc decimal_subtract(struct decimal *d, const struct decimal *a,
    const struct decimal *b);
enum decimal_rc decimal_multiply(struct decimal *d, const struct decimal *a,
    const struct decimal *b);

/**
 * decimal_divide(d, a, b, scale, how):
 * ${d} = ${a} / ${b}, which is positive, with ${scale} decimals.  Return
 * DECIMAL_OK, DECIMAL_RANGE, or DECIMAL_SCALE if more decimals are needed and
 * ${how} is ROUND_NO.
 */
enum decimal_rc decimal_divide(struct decimal *d, const struct decimal *a,
    const struct decimal *b, int scale, enum rounding how);

/**
 * decimal_compare(a, b, order):
 * Store -1, 0 or 1 in ${order}.  Return DECIMAL_OK, or DECIMAL_RANGE with
 * ${order} unchanged: the two are too far apart for DECIMAL_DIGITS.
 */
enum decimal_rc decimal_compare(const struct decimal *a,
    const struct decimal *b, int *order);

/**
 * decimal_format(d, out):
 * Append ${d}, whose scale is not negative, as -?digits[.digits].
 */
void decimal_format(const struct decimal *d, struct buf *out);

/**
 * decimal_tidy(b, scale, how):
 * Check that ${b} is a decimal; if ${scale} is not -1, replace it by its plain
 * form with that many decimals.
 */
enum decimal_rc decimal_tidy(struct buf *b, int scale, enum rounding how);

/**
 * decimal_is_served(p, n, scale):
 * Return true if decimal_tidy would leave the text of ${n} bytes at ${p}
 * unchanged, decided without reading the number.  False means unknown.
 */
bool decimal_is_served(const uint8_t *p, size_t n, int scale);

/**
 * decimal_to_integer(b, from):
 * Write the whole number in ${b} from offset ${from} on, such as "501.0" or
 * "5.01e2", as plain digits.  Return 0, or -1 if it is not one.
 */
int decimal_to_integer(struct buf *b, size_t from);

/**
 * decimal_from_comma(b, from):
 * Turn "1.234,56" or "R$ 1.234,56" in ${b} from offset ${from} on into
 * "1234.56".  Return 0, or -1 if it is written in another way.
 */
int decimal_from_comma(struct buf *b, size_t from);

#endif /* !NF_TRANSFORM_VALUE_DECIMAL_H */
