/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/link.h"

#include "tests/unit/check.h"

static const struct {
	const char *value, *rel, *target; /* NULL: none */
} cases[] = {
	{ "<a>; rel=\"next\"", "next", "a" },
	{ "<a>; rel=next", "next", "a" },
	{ "<a>;rel=NEXT", "next", "a" },
	{ " <a> ; rel = \"next\" ", "next", "a" },
	{ "<a>; rel=\"prev next\"", "next", "a" },
	{ "<a>; rel=\"prev\tnext\"", "next", "a" },
	{ "<a>; rel=prev, <b>; rel=next", "next", "b" },
	{ "<a>; rel=prev,<b,c;d>; rel=next", "next", "b,c;d" },
	{ "<a>; title=\"x, <y>; rel=next\"; rel=prev", "next", NULL },
	{ "<a>; title=\"x\\\"\"; rel=next", "next", "a" },
	{ "<a>; rel=prev; rel=next", "next", NULL }, /* the first counts */
	{ "<a>; rel=prev; rel=next, <b>; rel=next", "next", "b" },
	{ "<a>; hreflang=de; crossorigin; rel=next", "next", "a" },
	{ "<a>; rev=next", "next", NULL },
	{ "<a>; rel=nextone", "next", NULL },
	{ "<a>; rel=\"\"", "next", NULL },
	{ "<a>", "next", NULL },
	{ "<>; rel=next", "next", "" },
	{ "junk, <a>; rel=next", "next", "a" },
	{ "junk; rel=next", "next", NULL },
	{ ",,;;==,<a>;;rel=next", "next", "a" },
	{ ", , <a>; rel=next", "next", "a" },
	{ "<a", "next", NULL },
	{ "<a>; rel=\"next", "next", "a" },
	{ "<a>; rel=\"next\\", "next", NULL },
	{ "", "next", NULL },
	{ ";", "next", NULL },
	{ "<a>;", "next", NULL },
	{ "<a>; rel", "next", NULL },
	{ "<a>; rel=", "next", NULL },
};

int
main(void)
{
	const char *target;
	size_t i, n;
	long len;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		len = link_find(cases[i].value, strlen(cases[i].value),
		    cases[i].rel, &target);
		if (cases[i].target == NULL)
			CHECK_INT(len, -1);
		else if (CHECK(len >= 0))
			CHECK_MEM(target, (size_t)len, cases[i].target);
		/* Cut anywhere, it ends and stays within the text. */
		for (n = 0; n < strlen(cases[i].value); n++) {
			len = link_find(cases[i].value, n, cases[i].rel,
			    &target);
			CHECK(len <= (long)n);
		}
	}
	return (check_done());
}
