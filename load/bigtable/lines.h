/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_LINES_H
#define NF_LOAD_BIGTABLE_LINES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Lines to entries of batches: one entry a row and request.  A line whose row
 * is under way waits behind that entry, so that lines of one row stay in
 * order; lines that wait for one row become one entry.
 */
struct batch;
struct batch_entry;
struct batch_table;
struct err;
struct mutation;
struct queue;

/**
 * lines_cost(q, m, n):
 * Return how many bytes ${m}, whose mutations take ${n} packed
 * (wire_mutations_size), counts against the limit.
 */
size_t lines_cost(const struct queue *q, const struct mutation *m, size_t n);

/**
 * lines_add(q, t, m, n, hash, e):
 * Put ${m} into the open batch of ${t}, or let it wait for its row; ${n} as
 * for lines_cost, ${hash} is the row's (busy_rows_hash).  Return 0, or -1
 * without memory.
 */
int lines_add(struct queue *q, struct batch_table *t, const struct mutation *m,
    size_t n, uint64_t hash, struct err *e);

/**
 * lines_next(q, t, done, e):
 * ${done} is over and lines wait for its row: make an entry of them.  Return
 * 0, or -1 without memory.
 */
int lines_next(struct queue *q, struct batch_table *t,
    struct batch_entry *done, struct err *e);

/**
 * lines_split(q, b, x, e):
 * Lines that were merged into ${x} of ${b} and refused together are to be
 * tried one by one: put them back in front of the lines that wait.  Return 0,
 * or -1 without memory.
 */
int lines_split(struct queue *q, const struct batch *b, struct batch_entry *x,
    struct err *e);

#endif /* !NF_LOAD_BIGTABLE_LINES_H */
