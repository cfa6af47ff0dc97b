/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CHAIN_H
#define NF_STAGE_CHAIN_H

#include <stddef.h>

/*
 * Receipts of a run: the receipts from which a stream can continue, and the
 * chain that leads to each.
 */
struct buf;
struct err;
struct parts;
struct store;

/**
 * chain_last_mark(s, mark, e):
 * Append to ${mark} the mark of the receipt with the most records so far among
 * those that have a mark (ties: the last by name).  Return 1, 0 if there is
 * none, -1 on error.
 */
int chain_last_mark(struct store *s, struct buf *mark, struct err *e);

/**
 * chain_longest(s, parts, e):
 * Fill ${parts}, which is empty, with part 0 to the one whose receipt has the
 * most records so far.  Return 1, 0 if there is no receipt, -1 on error.
 */
int chain_longest(struct store *s, struct parts *parts, struct err *e);

/**
 * chain_to_mark(s, cursor, n, parts, e):
 * Fill ${parts}, which is empty, with part 0 to the one whose mark is the
 * cursor ${cursor} of ${n} bytes of JSON (white space between tokens does
 * not matter); if there are several, the one with the most records so far.
 * Return 1, 0 if no receipt has that mark, -1 on error: ERR_DATA (code
 * bad_receipt) also if the totals of the receipts do not add up.
 */
int chain_to_mark(struct store *s, const void *cursor, size_t n,
    struct parts *parts, struct err *e);

#endif /* !NF_STAGE_CHAIN_H */
