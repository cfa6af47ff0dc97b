/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_GUESS_H
#define NF_FETCH_GUESS_H

#include <stdbool.h>

/*
 * Where the records of a page are, if nobody has said it: for proposals.
 */
struct buf;
struct page;

/**
 * guess_records(p, path):
 * Treat the likeliest array of ${p}, a JSON page, as its records, to see the
 * members around it.  Append its JSON Pointer to ${path} and return true;
 * return false if there is no such array.
 */
bool guess_records(struct page *p, struct buf *path);

#endif /* !NF_FETCH_GUESS_H */
