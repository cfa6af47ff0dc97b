/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TESTS_UNIT_CHECK_H
#define NF_TESTS_UNIT_CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * Unit tests.  A test is a function that main() runs with TEST(function), and
 * what main() checks itself is one more.  A check that fails says where and
 * goes on; a test fails if one of its checks does, or if it checks nothing.
 * main() ends with "return (check_done());".  Stdout is TAP with a last line
 * "N passed, N failed" for tests/check to add up; the exit code is nonzero if
 * any failed.
 */
static unsigned long check_passed, check_failed; /* of this test, so far */
static unsigned long check_tests, check_tests_failed;

#define TEST(function) check_test((function), #function)

#define CHECK(cond) check_that((cond) != 0, __FILE__, __LINE__, #cond)

/* Signed integers of any width; unsigned ones with CHECK_UINT. */
#define CHECK_INT(got, want)                                                   \
	check_int((intmax_t)(got), (intmax_t)(want), __FILE__, __LINE__, #got)
#define CHECK_UINT(got, want)                                                  \
	check_uint((uintmax_t)(got), (uintmax_t)(want), __FILE__, __LINE__, #got)

/* Strings; NULL equals only NULL. */
#define CHECK_STR(got, want) check_str((got), (want), __FILE__, __LINE__, #got)

/* ${len} bytes at ${got} are the string ${want}. */
#define CHECK_MEM(got, len, want)                                              \
	check_mem((got), (len), (want), strlen(want), __FILE__, __LINE__, #got)

static inline int
check_that(int ok, const char *file, int line, const char *what)
{

	if (ok) {
		check_passed++;
	} else {
		check_failed++;
		fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
	}
	return (ok);
}

static inline int
check_int(intmax_t got, intmax_t want, const char *file, int line,
    const char *what)
{

	if (got != want)
		fprintf(stderr, "%s:%d: got %" PRIdMAX ", want %" PRIdMAX "\n",
		    file, line, got, want);
	return (check_that(got == want, file, line, what));
}

static inline int
check_uint(uintmax_t got, uintmax_t want, const char *file, int line,
    const char *what)
{

	if (got != want)
		fprintf(stderr, "%s:%d: got %" PRIuMAX ", want %" PRIuMAX "\n",
		    file, line, got, want);
	return (check_that(got == want, file, line, what));
}

static inline int
check_mem(const void *got, size_t len, const void *want, size_t wlen,
    const char *file, int line, const char *what)
{
	int same = len == wlen && (len == 0 || memcmp(got, want, len) == 0);

	if (!same)
		fprintf(stderr, "%s:%d: got (%zu) \"%.*s\", want (%zu) \"%.*s\"\n",
		    file, line, len, (int)len, len ? (const char *)got : "",
		    wlen, (int)wlen, wlen ? (const char *)want : "");
	return (check_that(same, file, line, what));
}

static inline int
check_str(const char *got, const char *want, const char *file, int line,
    const char *what)
{

	if (got == NULL || want == NULL) {
		if (got != want)
			fprintf(stderr, "%s:%d: got %s, want %s\n", file, line,
			    got ? got : "(null)", want ? want : "(null)");
		return (check_that(got == want, file, line, what));
	}
	return (check_mem(got, strlen(got), want, strlen(want), file, line,
	    what));
}

/* What was checked since the last call was the test ${name}. */
static inline void
check_end(const char *name)
{
	int ok = check_failed == 0 && check_passed > 0;

	check_tests++;
	if (!ok)
		check_tests_failed++;
	printf("%sok %lu - %s # %lu checks\n", ok ? "" : "not ", check_tests,
	    name, check_passed + check_failed);
	check_passed = check_failed = 0;
}

static inline void
check_test(void (*function)(void), const char *name)
{
	unsigned long passed = check_passed, failed = check_failed;

	check_passed = check_failed = 0;
	function();
	check_end(name);
	check_passed = passed;
	check_failed = failed;
}

static inline int
check_done(void)
{

	if (check_passed + check_failed > 0)
		check_end("main");
	printf("1..%lu\n%lu passed, %lu failed\n", check_tests,
	    check_tests - check_tests_failed, check_tests_failed);
	return (check_tests_failed != 0 || check_tests == 0);
}

#endif /* !NF_TESTS_UNIT_CHECK_H */
