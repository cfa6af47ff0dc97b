/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_MORE_PAGES_H
#define NF_FETCH_MORE_PAGES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Signs that an answer is one page of several, for when nobody said how to
 * get the next: nobody shall get the first page only.
 */
struct http_response;
struct page;

/**
 * more_pages_sign(p, r, name, size):
 * Look in page ${p} and its answer ${r} for a member or header that names a
 * next page, or more records or pages than are here.  Return true and write to
 * ${name} what it is called, or false.
 */
bool more_pages_sign(const struct page *p, const struct http_response *r,
    char *name, size_t size);

#endif /* !NF_FETCH_MORE_PAGES_H */
