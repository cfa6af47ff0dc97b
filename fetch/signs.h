/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SIGNS_H
#define NF_FETCH_SIGNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a response says about the list it is a page of, in members outside the
 * records and in headers: that there is a next page, that there is more or is
 * not, how many records or pages there are.  No user should get a part of a
 * list because no option said how to get the rest.
 */
struct buf;
struct err;
struct http_response;
struct page;
struct paginate_spec;
struct source_pairs;

#define SIGNS_PLACE 128 /* bytes of a place, with its NUL */

enum sign_kind {
	SIGN_LINK,   /* a Link header with rel=next */
	SIGN_NEXT,   /* a member names the next page */
	SIGN_MORE,   /* a member says that there is more */
	SIGN_TOKEN,  /* end of this page: only without a better sign */
	SIGN_RECORDS, /* how many records there are: ${n} */
	SIGN_PAGES,  /* how many pages: ${n} */
	SIGN_KINDS
};

struct sign {
	bool found;
	bool sure;   /* RECORDS: its name says whole list */
	uint64_t n;
	char place[SIGNS_PLACE]; /* JSON Pointer, or the name of a header */
	bool header;
	bool url; /* NEXT: it looks like a URL */
};

struct signs {
	struct sign sign[SIGN_KINDS];
	bool no_more; /* a member says that this was the last page */
};

/* What does not count as a sign. */
struct signs_known {
	const struct source_pairs *not_more; /* pointers and headers */
	const struct paginate_spec *paginate; /* where the next page is found */
	const char *url;    /* of this page: the same URL is no sign */
	const char *cursor; /* the same; or NULL */
};

/**
 * signs_read(page, r, known, s, e):
 * Read the signs in ${page} and its response ${r} into ${s}, except those in
 * ${known}.  Return 0, or -1: no memory.
 */
int signs_read(const struct page *page, const struct http_response *r,
    const struct signs_known *known, struct signs *s, struct err *e);

/**
 * signs_yes(p, n):
 * Return 1 if the ${n} bytes at ${p} mean yes ("true", "sim", "1"), 0 for no,
 * -1 for neither.
 */
int signs_yes(const void *p, size_t n);

/**
 * signs_no_next(p, n):
 * Return true if the ${n} bytes at ${p}, from where the next page is named,
 * mean that nothing follows: empty, "null", 0, -1.
 */
bool signs_no_next(const void *p, size_t n);

/**
 * signs_propose(s, out):
 * Append the options that would follow ${s} from page to page and prove the
 * end, such as " --next /next --total /count".
 */
void signs_propose(const struct signs *s, struct buf *out);

#endif /* !NF_FETCH_SIGNS_H */
