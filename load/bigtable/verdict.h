/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_VERDICT_H
#define NF_LOAD_BIGTABLE_VERDICT_H

/*
 * What an attempt means for each entry of a batch: written, refused, to be
 * sent again, and when.
 */
struct batch;
struct err;
struct rpc_status;
struct sender;

#define VERDICT_BASE_MS 100  /* first delay before another attempt */
#define VERDICT_CAP_MS 30000 /* the longest */

/**
 * verdict_attempt(s, b, st, e):
 * The attempt of ${b} ended with ${st}.  Tell the outcome of entries that
 * are done, keep in ${b} what is to be sent again and say when.  Return 0
 * or -1.
 */
int verdict_attempt(struct sender *s, struct batch *b,
    const struct rpc_status *st, struct err *e);

/**
 * verdict_cancel(s, b, e):
 * ${b} is given up: its entries are temporary failures, CANCELLED unless an
 * attempt said otherwise.  Return 0 or -1.
 */
int verdict_cancel(struct sender *s, struct batch *b, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_VERDICT_H */
