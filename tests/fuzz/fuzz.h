/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TESTS_FUZZ_FUZZ_H
#define NF_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What the fuzz targets share.  A target is one file with the entry point
 * that libFuzzer calls; tests/fuzz/main.c calls it for files instead.  A
 * target that names a property which does not hold aborts.
 */
#define FUZZ_PAD 64 /* SCAN_PAD: what may be read behind a text */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define FUZZ_CHECK(what) fuzz_check((what) ? 1 : 0, #what, __FILE__, __LINE__)

static inline void
fuzz_check(int ok, const char *what, const char *file, int line)
{

	if (ok)
		return;
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

/*
 * A copy with exactly the padding that is promised, so that a byte read
 * beyond it is found; to be freed.
 */
static inline uint8_t *
fuzz_padded(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n + FUZZ_PAD);

	FUZZ_CHECK(copy != NULL);
	memset(copy + n, '"', FUZZ_PAD);
	if (n > 0)
		memcpy(copy, p, n);
	return (copy);
}

/* A string of the bytes up to the first NUL; to be freed. */
static inline char *
fuzz_string(const uint8_t *p, size_t n)
{
	char *s = strndup(n > 0 ? (const char *)p : "", n);

	FUZZ_CHECK(s != NULL);
	return (s);
}

/* Take what stands before the next byte ${c} off the input; to be freed. */
static inline char *
fuzz_until(const uint8_t **p, size_t *n, int c)
{
	const uint8_t *end = *n == 0 ? NULL : memchr(*p, c, *n);
	size_t len = end == NULL ? *n : (size_t)(end - *p);
	char *s = fuzz_string(*p, len);

	len += end != NULL;
	if (len > 0)
		*p += len;
	*n -= len;
	return (s);
}

#endif /* !NF_TESTS_FUZZ_FUZZ_H */
