/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_SENDER_H
#define NF_LOAD_BIGTABLE_SENDER_H

#include <stdint.h>

#include "load/target.h"

/*
 * Sending lines in MutateRows requests: lines are batched; several requests
 * are in flight, bounded by number and bytes; each request has at most one
 * entry per row; lines for one row stay in order; failed entries are retried;
 * the outcome of each line is reported once.  There is no other thread:
 * everything happens inside the calls below.
 */
struct err;
struct mutation;
struct queue_conf;
struct rpc;
struct sender;

/**
 * sender_new(c, rpc, e):
 * Prepare to send over ${rpc} (borrowed).  Return NULL if there is no memory.
 */
struct sender *sender_new(const struct queue_conf *c, struct rpc *rpc,
    struct err *e);

/**
 * sender_free(s):
 * Free ${s}; its calls must have ended (rpc_close).
 */
void sender_free(struct sender *s);

/**
 * sender_write(s, m, e):
 * Accept a line, waiting until there is room for it.  Return 0 or -1: no
 * token, a signal, no memory, or an error from the outcome function.
 */
int sender_write(struct sender *s, const struct mutation *m, struct err *e);

/**
 * sender_work(s, until, e):
 * Continue with the work in progress until clock_mono_ms() is ${until} or
 * something happened.  Return 1 if work remains, 0 if the outcome of every
 * line has been reported, -1 as for sender_write.
 */
int sender_work(struct sender *s, int64_t until, struct err *e);

/**
 * sender_finish(s, how, e):
 * Continue until the outcome of every line has been reported.  With
 * TARGET_STOP, requests in flight may still end; all other lines get the
 * outcome CANCELLED.  Return 0, or -1 as for sender_write; a signal only means
 * TARGET_STOP.
 */
int sender_finish(struct sender *s, enum target_end how, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_SENDER_H */
