/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_NUMBER_H
#define NF_LIB_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Numbers from text and to text; nothing else reads numbers.  Signs, spaces
 * and other bases are refused unless a comment allows them, and nothing
 * overflows.
 */

#define NUMBER_TEXT   21 /* bytes of a uint64_t as text, including the NUL */
#define NUMBER_AMOUNT 32 /* bytes that number_amount needs */

/* The units of a number. */
enum number_scale {
	NUMBER_BYTES, /* "", K, M, G, powers of 1024 */
	NUMBER_MS     /* ms, s (or ""), m, h, d, in milliseconds */
};

/**
 * number_u64(p, n, max, v):
 * Read the ${n} bytes at ${p} as decimal digits.  Return 0, or -1 if they are
 * anything else or over ${max}.
 */
int number_u64(const void *p, size_t n, uint64_t max, uint64_t *v);

/**
 * number_i64(p, n, v):
 * Read ${n} bytes as decimal digits with an optional '-' before them.
 * Return 0, or -1 if they are anything else or do not fit in 64 bits.
 */
int number_i64(const void *p, size_t n, int64_t *v);

/**
 * number_read(text, min, max, v):
 * Read all of ${text} as decimal digits, a number from ${min} to ${max}.
 * Return 0 or -1.
 */
int number_read(const char *text, uint64_t min, uint64_t max, uint64_t *v);

/**
 * number_next(p, max, v):
 * Read the digits at *${p}, a string, and move *${p} past them.  Return 0, or
 * -1 with *${p} unchanged if there are no digits or they are over ${max}.
 */
int number_next(const char **p, uint64_t max, uint64_t *v);

/**
 * number_scaled(text, scale, min, max, v):
 * Read all of ${text}, digits and an optional unit of ${scale}.  Return 0, or
 * -1 if it is malformed or not from ${min} to ${max}.
 */
int number_scaled(const char *text, enum number_scale scale, uint64_t min,
    uint64_t max, uint64_t *v);

/**
 * number_amount(v, scale, text):
 * Write ${v} with a unit of ${scale} into ${text} and return ${text}.  A number
 * of five or more digits is rounded down to a larger unit, in which it has at
 * least two digits.
 */
const char *number_amount(uint64_t v, enum number_scale scale,
    char text[NUMBER_AMOUNT]);

/**
 * number_real(p, n, v):
 * Read ${n} bytes, a number in the syntax of JSON, as a double; the byte after
 * them must not continue the number.  Return 0 or -1.
 */
int number_real(const char *p, size_t n, double *v);

/**
 * number_text(v, out):
 * Write ${v} as digits and a NUL.
 */
void number_text(uint64_t v, char out[NUMBER_TEXT]);

#endif /* !NF_LIB_BASE_NUMBER_H */
