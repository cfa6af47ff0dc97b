/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_VERDICT_H
#define NF_LOAD_BIGTABLE_VERDICT_H

/*
 * What an attempt means for each entry of a batch: written, refused, to be
 * sent again, and when.
 */
struct batch;
struct err;
struct queue;
struct rpc_status;

/**
 * verdict_attempt(q, b, st, e):
 * The attempt of ${b} ended with ${st}.  Report the outcome of entries that
 * are done, keep in ${b} what is to be sent again and say when.  Return 0
 * or -1.
 */
int verdict_attempt(struct queue *q, struct batch *b,
    const struct rpc_status *st, struct err *e);

/**
 * verdict_cancel(q, b, e):
 * ${b} is given up: its entries are temporary failures, CANCELLED unless an
 * attempt said otherwise.  Return 0 or -1.
 */
int verdict_cancel(struct queue *q, struct batch *b, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_VERDICT_H */
