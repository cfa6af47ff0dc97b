/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_VERDICT_H
#define NF_LOAD_BIGTABLE_VERDICT_H

/*
 * The result of an attempt for each entry of a batch: written, refused, or to
 * be retried, and when.
 */
struct batch;
struct err;
struct queue;
struct rpc_status;

/**
 * verdict_attempt(q, b, st, e):
 * The attempt of ${b} ended with ${st}.  Report the outcome of entries that
 * are finished; keep the entries to retry in ${b} and set the time for that.
 * Return 0 or -1.
 */
int verdict_attempt(struct queue *q, struct batch *b,
    const struct rpc_status *st, struct err *e);

/**
 * verdict_cancel(q, b, e):
 * Give up ${b}: report its entries as temporary failures, with CANCELLED
 * unless an attempt gave another code.  Return 0 or -1.
 */
int verdict_cancel(struct queue *q, struct batch *b, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_VERDICT_H */
