/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_BYTES_H
#define NF_LIB_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A slice of bytes that someone else owns.
 */
struct bytes {
	const uint8_t *p;
	size_t n;
};

/**
 * bytes_of(s):
 * Return the bytes of string ${s}, without its NUL; an empty slice for NULL.
 */
static inline struct bytes
bytes_of(const char *s)
{
	struct bytes b = { (const uint8_t *)s, s == NULL ? 0 : strlen(s) };

	return (b);
}

/**
 * bytes_compare(a, b):
 * Return a number less than, equal to or greater than 0 if ${a} sorts before
 * ${b}, equals it or sorts after it; a prefix sorts first.
 */
static inline int
bytes_compare(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (c == 0)
		c = a.n < b.n ? -1 : a.n > b.n;
	return (c);
}

/**
 * bytes_same(p, q, n):
 * Return true if the ${n} bytes at ${p} and at ${q} are the same.  Short
 * texts, such as names, are compared without a call.
 */
static inline bool
bytes_same(const void *p, const void *q, size_t n)
{
	const char *a = p, *b = q;
	uint64_t x[2], y[2];
	uint32_t u[2], v[2];

	if (n > sizeof(x) || n < sizeof(u[0]))
		return (n == 0 || memcmp(a, b, n) == 0);
	/* Two words, which may overlap. */
	if (n < sizeof(x[0])) {
		memcpy(&u[0], a, sizeof(u[0]));
		memcpy(&u[1], a + n - sizeof(u[1]), sizeof(u[1]));
		memcpy(&v[0], b, sizeof(v[0]));
		memcpy(&v[1], b + n - sizeof(v[1]), sizeof(v[1]));
		return (u[0] == v[0] && u[1] == v[1]);
	}
	memcpy(&x[0], a, sizeof(x[0]));
	memcpy(&x[1], a + n - sizeof(x[1]), sizeof(x[1]));
	memcpy(&y[0], b, sizeof(y[0]));
	memcpy(&y[1], b + n - sizeof(y[1]), sizeof(y[1]));
	return (x[0] == y[0] && x[1] == y[1]);
}

/**
 * bytes_equal(a, b):
 * Return true if ${a} and ${b} are the same bytes.
 */
static inline bool
bytes_equal(struct bytes a, struct bytes b)
{

	return (a.n == b.n && bytes_same(a.p, b.p, a.n));
}

#endif /* !NF_LIB_BASE_BYTES_H */
