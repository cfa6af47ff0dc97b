/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_LINES_H
#define NF_LOAD_BIGTABLE_LINES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Turning lines into entries of batches: one entry per row and request.  A
 * line whose row is in progress waits for that entry, so that lines for one
 * row stay in order; the lines waiting for one row become one entry.
 */
struct batch;
struct batch_entry;
struct batch_table;
struct err;
struct mutation;
struct queue;

/**
 * lines_cost(q, m, n):
 * Return the number of bytes by which ${m}, whose packed mutations take ${n}
 * bytes (wire_mutations_size), counts against the limit.
 */
size_t lines_cost(const struct queue *q, const struct mutation *m, size_t n);

/**
 * lines_add(q, t, m, n, hash, e):
 * Put ${m} into the open batch of ${t}, or let it wait for its row; ${n} as
 * for lines_cost, ${hash} is the hash of the row (busy_rows_hash).  Return 0,
 * or -1 if there is no memory.
 */
int lines_add(struct queue *q, struct batch_table *t, const struct mutation *m,
    size_t n, uint64_t hash, struct err *e);

/**
 * lines_next(q, t, done, e):
 * ${done} is finished and lines wait for its row: make one entry of them.
 * Return 0, or -1 if there is no memory.
 */
int lines_next(struct queue *q, struct batch_table *t,
    struct batch_entry *done, struct err *e);

/**
 * lines_split(q, b, x, e):
 * The lines merged into ${x} of ${b} were refused together and must be tried
 * one by one: put them back in front of the waiting lines.  Return 0, or -1 if
 * there is no memory.
 */
int lines_split(struct queue *q, const struct batch *b, struct batch_entry *x,
    struct err *e);

#endif /* !NF_LOAD_BIGTABLE_LINES_H */
