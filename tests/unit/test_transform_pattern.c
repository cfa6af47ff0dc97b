/* SPDX-License-Identifier: Apache-2.0 */
#include "transform/mapping/pattern.h"

#include <string.h>

#include "check.h"

#define TOO_LARGE (PATTERN_MAX_SIZE + 1)

static void
sizes(void)
{

	CHECK_UINT(pattern_size(""), 0);
	CHECK_UINT(pattern_size("abc"), 3);
	CHECK_UINT(pattern_size("[0-9]{44}"), 44);
	CHECK_UINT(pattern_size("[^]a-z[:digit:]]x"), 2);
	CHECK_UINT(pattern_size("(ab){3}c"), 7);
	CHECK_UINT(pattern_size("a{2,5}b{3,}"), 8);
	CHECK_UINT(pattern_size("(a|b)*c?d+"), 6);
	CHECK_UINT(pattern_size("\\(a\\{2"), 4);
	CHECK_UINT(pattern_size("[0-9]{2}\\.[0-9]{3}\\.[0-9]{3}/[0-9]{4}"), 15);
	CHECK_UINT(pattern_size("(((ab){2}){3}){4}"), 48);
	CHECK_UINT(pattern_size("a)b"), 3);
	CHECK_UINT(pattern_size("(a"), 1);
	CHECK_UINT(pattern_size("[a"), 1);
	CHECK_UINT(pattern_size("[[:a"), 1);
	CHECK_UINT(pattern_size("a{"), 1);
	CHECK_UINT(pattern_size("a\\"), 2);
}

static void
too_large(void)
{
	char deep[200];

	CHECK_UINT(pattern_size("a{9}{99}{999}"), TOO_LARGE);
	CHECK_UINT(pattern_size("((a{255}){255}){255}"), TOO_LARGE);
	CHECK_UINT(pattern_size("a++++++++++++++++++++"), TOO_LARGE);
	CHECK_UINT(pattern_size("a{99999999999999999999999}"), TOO_LARGE);
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	CHECK_UINT(pattern_size(deep), TOO_LARGE);
}

int
main(void)
{

	TEST(sizes);
	TEST(too_large);
	return (check_done());
}
