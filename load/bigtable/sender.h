/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_SENDER_H
#define NF_LOAD_BIGTABLE_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "load/target.h"

/*
 * Lines to MutateRows requests: batches, several requests in flight bounded
 * by number and bytes, one entry a row and request, lines of one row in
 * order, failed entries sent again, each line's outcome told once.  One
 * thread: everything happens inside the calls below.
 */
struct deadline;
struct err;
struct mutation;
struct rpc;
struct sender;

/* Strings are borrowed. */
struct sender_conf {
	struct rpc *rpc;
	const char *instance; /* "projects/P/instances/I" */
	const char *app_profile; /* or NULL */
	const char *features; /* header bigtable-features */
	uint64_t rows;        /* of one request */
	uint64_t bytes;       /* of one request, if more than one row */
	uint64_t age_ms;      /* a batch does not wait longer for rows */
	uint64_t requests;    /* in flight */
	uint64_t held;        /* bytes waiting and in flight */
	uint64_t tries;       /* of a request without progress */
	uint64_t retry_ms;    /* time for them */
	uint64_t attempt_ms;  /* deadline of one attempt */
	struct deadline *deadline; /* of all */
	struct target_writer writer;
};

struct sender *sender_new(const struct sender_conf *c, struct err *e);

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
 * sender_finish(s, stop, e):
 * Go on until all lines have had their outcome.  With ${stop} what is in
 * flight may still end, what is not gets the outcome CANCELLED.  Return 0 or
 * -1 as sender_write; a signal only means ${stop}.
 */
int sender_finish(struct sender *s, bool stop, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_SENDER_H */
