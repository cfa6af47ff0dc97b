/* SPDX-License-Identifier: Apache-2.0 */
#include "more_pages.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/number.h"
#include "lib/http/http.h"
#include "page.h"

/* What a name says if its value is not empty. */
enum sign { NEXT, MORE, RECORDS, PAGES };

static const struct {
	const char *name; /* compared without case, '_', '-', '@', '.' */
	enum sign sign;
} signs[] = {
	{ "next", NEXT }, { "nextpage", NEXT }, { "nexturl", NEXT },
	{ "nextlink", NEXT }, { "nexthref", NEXT }, { "nextpageurl", NEXT },
	{ "nextpagelink", NEXT }, { "nextcursor", NEXT },
	{ "nextpagetoken", NEXT }, { "nexttoken", NEXT },
	{ "nextoffset", NEXT }, { "odatanextlink", NEXT },
	{ "continuationtoken", NEXT }, { "proximapagina", NEXT },
	{ "hasmore", MORE }, { "hasnext", MORE }, { "hasnextpage", MORE },
	{ "morerecords", MORE },
	{ "total", RECORDS }, { "totalcount", RECORDS },
	{ "totalrecords", RECORDS }, { "totalitems", RECORDS },
	{ "totalresults", RECORDS }, { "totalelements", RECORDS },
	{ "recordcount", RECORDS }, { "totalregistros", RECORDS },
	{ "totalderegistros", RECORDS },
	{ "totalpages", PAGES }, { "pagecount", PAGES },
	{ "lastpage", PAGES }, { "totalpaginas", PAGES },
	{ "totaldepaginas", PAGES },
};

/* Find a name in the table: lower case, letters and digits only. */
static int
find_sign(const uint8_t *p, size_t n)
{
	char plain[32];
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		if (p[i] == '_' || p[i] == '-' || p[i] == '@' || p[i] == '.')
			continue;
		if (len == sizeof(plain) - 1)
			return (-1);
		plain[len++] = (char)(p[i] >= 'A' && p[i] <= 'Z' ?
		    p[i] + ('a' - 'A') : p[i]);
	}
	plain[len] = '\0';
	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strcmp(plain, signs[i].name) == 0)
			return ((int)i);
	return (-1);
}

/* A decimal number in ${n} bytes of text; 0 if it is none. */
static uint64_t
read_number(const void *p, size_t n)
{
	uint64_t v;

	return (number_u64(p, n, UINT64_MAX, &v) == -1 ? 0 : v);
}

/* Does value ${t}, under a name with this sign, mean that there is more? */
static bool
means_more(const struct page *p, uint32_t t, enum sign sign)
{
	const struct scan *s = &p->scan;
	enum scan_kind kind = s->tok[t].kind;
	bool text = kind == SCAN_STRING || kind == SCAN_NUMBER;

	switch (sign) {
	case NEXT: /* a URL, a token, or an object such as {"href":...} */
		return ((text && scan_len(s, t) > 0) ||
		    (kind == SCAN_OBJECT && s->tok[t].count > 0));
	case MORE:
		return (kind == SCAN_TRUE);
	case RECORDS:
		return (text &&
		    read_number(scan_ptr(s, t), scan_len(s, t)) > p->records);
	case PAGES:
		return (text && read_number(scan_ptr(s, t), scan_len(s, t)) >
		    1);
	}
	return (false);
}

/* Look at the members of object ${t}, and inside those two levels down. */
static bool
search_members(const struct page *p, uint32_t t, int depth, char *name, size_t
    size)
{
	const struct scan *s = &p->scan;
	uint32_t i, v;
	int k;

	for (i = t + 1; i < s->tok[t].next; i = s->tok[v].next) {
		v = i + 1;
		if (p->records > 0 && v == p->at)
			continue;
		k = find_sign(scan_ptr(s, i), scan_len(s, i));
		if (k >= 0 && means_more(p, v, signs[k].sign)) {
			snprintf(name, size, "\"%.*s\"", (int)scan_len(s, i),
			    (const char *)scan_ptr(s, i));
			return (true);
		}
		if (s->tok[v].kind == SCAN_OBJECT && depth < 2 &&
		    search_members(p, v, depth + 1, name, size))
			return (true);
	}
	return (false);
}

/* The same of the header lines: X-Next-Page, X-Total-Count, ... */
static bool
search_headers(const struct page *p, const struct http_response *r, char *name,
    size_t size)
{
	static const struct {
		const char *name;
		enum sign sign;
	} heads[] = {
		{ "x-next-page", NEXT }, { "x-next-cursor", NEXT },
		{ "x-next", NEXT }, { "x-total-count", RECORDS },
		{ "x-total", RECORDS }, { "x-total-pages", PAGES },
		{ "x-wp-total", RECORDS }, { "x-wp-totalpages", PAGES },
	};
	uint64_t n;
	char v[256];
	size_t i;
	int rc;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		rc = http_header(r, heads[i].name, v, sizeof(v));
		if (rc == 0 || (rc > 0 && v[0] == '\0'))
			continue; /* a long one is a cursor: not empty */
		n = read_number(v, strlen(v));
		if (heads[i].sign == NEXT ||
		    (heads[i].sign == RECORDS && n > p->records) ||
		    (heads[i].sign == PAGES && n > 1)) {
			snprintf(name, size, "header %s", heads[i].name);
			return (true);
		}
	}
	return (false);
}

bool
more_pages_sign(const struct page *p, const struct http_response *r, char *name,
    size_t size)
{

	if (search_headers(p, r, name, size))
		return (true);
	if (p->lines || p->scan.ntok == 0 ||
	    p->scan.tok[0].kind != SCAN_OBJECT ||
	    (p->single && p->at == 0))
		return (false);
	return (search_members(p, 0, 0, name, size));
}
