/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_BYTES_H
#define NF_LIB_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A slice of bytes somebody else owns.
 */
struct bytes {
	const uint8_t *p;
	size_t n;
};

/**
 * bytes_of(s):
 * Return the bytes of string ${s}, without its NUL; none of NULL.
 */
static inline struct bytes
bytes_of(const char *s)
{
	struct bytes b = { (const uint8_t *)s, s == NULL ? 0 : strlen(s) };

	return (b);
}

/**
 * bytes_compare(a, b):
 * Return less than, equal to or greater than 0 as ${a} sorts before, with or
 * behind ${b}; a prefix sorts first.
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
 * bytes_equal(a, b):
 * Return true if ${a} and ${b} are the same bytes.
 */
static inline bool
bytes_equal(struct bytes a, struct bytes b)
{

	return (a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0));
}

#endif /* !NF_LIB_BASE_BYTES_H */
