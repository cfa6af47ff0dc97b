/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SIGNS_H
#define NF_FETCH_SIGNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What an answer says about the list it is a page of, in members outside of
 * the records and in headers: that there is a next page, that there is more
 * or is not, how many records or pages there are.  Nobody shall get a part of
 * a list because nobody said how to get the rest.
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
	SIGN_NEXT,   /* something names the next page */
	SIGN_MORE,   /* something says that there is more */
	SIGN_TOKEN,  /* where this page ends: only if nothing better is known */
	SIGN_RECORDS, /* how many records there are: ${n} */
	SIGN_PAGES,  /* how many pages: ${n} */
	SIGN_KINDS
};

struct sign {
	bool found;
	bool sure;   /* RECORDS: of the whole list, by its name */
	uint64_t n;
	char place[SIGNS_PLACE]; /* JSON Pointer, or the name of a header */
	bool header;
	bool url; /* NEXT: it looks like a URL */
};

struct signs {
	struct sign sign[SIGN_KINDS];
	bool no_more; /* something says that this was the last page */
};

/* What is no sign. */
struct signs_known {
	const struct source_pairs *not_more; /* pointers and headers */
	const struct paginate_spec *paginate; /* where it takes the next from */
	const char *url;    /* of this page: what names it is not the next */
	const char *cursor; /* the same; or NULL */
};

/**
 * signs_read(page, r, known, s, e):
 * Read into ${s} what ${page} and its answer ${r} say, but for ${known}.
 * Return 0, or -1: no memory.
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
 * Return true if the ${n} bytes at ${p}, where the next page is named, mean
 * that nothing follows: nothing, "null", 0, -1.
 */
bool signs_no_next(const void *p, size_t n);

/**
 * signs_propose(s, out):
 * Append the options that would follow ${s} from page to page and prove the
 * end, as " --next /next --total /count".
 */
void signs_propose(const struct signs *s, struct buf *out);

#endif /* !NF_FETCH_SIGNS_H */
