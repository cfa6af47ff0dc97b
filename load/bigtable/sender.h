/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_SENDER_H
#define NF_LOAD_BIGTABLE_SENDER_H

#include <stdint.h>

#include "load/target.h"

/*
 * Lines to MutateRows requests: batches, several requests in flight bounded
 * by number and bytes, one entry a row and request, lines of one row in
 * order, failed entries sent again, each line's outcome reported once.  One
 * thread: everything happens inside the calls below.
 */
struct err;
struct mutation;
struct queue_conf;
struct rpc;
struct sender;

/**
 * sender_new(c, rpc, e):
 * Prepare to send over ${rpc} (borrowed).  Return NULL without memory.
 */
struct sender *sender_new(const struct queue_conf *c, struct rpc *rpc,
    struct err *e);

/**
 * sender_free(s):
 * Free ${s}; the calls it made must be over (rpc_close).
 */
void sender_free(struct sender *s);

/**
 * sender_write(s, m, e):
 * Take a line; waits until there is room for it.  Return 0 or -1: no token,
 * a signal, no memory, what the outcome function returned.
 */
int sender_write(struct sender *s, const struct mutation *m, struct err *e);

/**
 * sender_work(s, until, e):
 * Go on with what is under way until clock_mono_ms() is ${until} or
 * something happened.  Return 1 if something is still under way, 0 if all
 * lines have had their outcome, -1 as sender_write.
 */
int sender_work(struct sender *s, int64_t until, struct err *e);

/**
 * sender_finish(s, how, e):
 * Go on until all lines have had their outcome.  With TARGET_STOP what is in
 * flight may still end, what is not gets the outcome CANCELLED.  Return 0 or
 * -1 as sender_write; a signal only means TARGET_STOP.
 */
int sender_finish(struct sender *s, enum target_end how, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_SENDER_H */
