/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_NAMES_H
#define NF_FETCH_NAMES_H

#include <stddef.h>

/*
 * What the name of a member or header says about paging, in the spellings of
 * English and Portuguese APIs: "nextPageToken", "tem_mais", "X-Total-Count".
 * A name is split into words; a name with a word unrelated to paging says
 * nothing.
 */
enum name_says {
	NAME_NOTHING,
	NAME_NEXT,    /* the next page: a URL, a token, a number */
	NAME_TOKEN,   /* where this page ends; the last page may have it, too */
	NAME_MORE,    /* whether there is more */
	NAME_LAST,    /* whether this is the last */
	NAME_LAST_PAGE, /* the same, or which page is, as a number */
	NAME_TOTAL,   /* how many records there are */
	NAME_COUNT,   /* how many there are, or are here */
	NAME_PAGES,   /* how many pages there are */
	NAME_PAGEBOX, /* "pages": holds counts of pages if it is an object */
	NAME_BOX,     /* "paging", "cursors": holds such members */
	NAME_ASIDE    /* "facets", "request": its content is unrelated */
};

/**
 * names_read(p, n):
 * Return the meaning of the name of ${n} bytes (UTF-8) at ${p}.
 */
enum name_says names_read(const void *p, size_t n);

#endif /* !NF_FETCH_NAMES_H */
