/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_SORT_H
#define NF_LOAD_SQLITE_SQLITE_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "load/mutation.h"

/*
 * Mutations that wait to be written in the order of their keys: where those
 * come in no order, each row would touch another page of the database.  Those
 * of one row stay in the order in which they came.
 */
struct err;
struct sqlite_sort;
struct sqlite_table;

/* Writes one of them; ${m} has no more than row, delete and cells. */
typedef int sqlite_sort_fn(void *arg, const struct sqlite_table *t,
    const struct mutation *m, struct err *e);

/**
 * sqlite_sort_new(e) / sqlite_sort_free(s):
 * An empty set.
 */
struct sqlite_sort *sqlite_sort_new(struct err *e);
void sqlite_sort_free(struct sqlite_sort *s);

/**
 * sqlite_sort_add(s, t, id, m, e):
 * Keep a copy of ${m}, which goes to the table ${t} (borrowed) with the number
 * ${id}.  Return 0 or -1 without memory.
 */
int sqlite_sort_add(struct sqlite_sort *s, const struct sqlite_table *t,
    int64_t id, const struct mutation *m, struct err *e);

/**
 * sqlite_sort_size(s):
 * Return how many bytes it holds.
 */
size_t sqlite_sort_size(const struct sqlite_sort *s);

/**
 * sqlite_sort_write(s, fn, arg, e):
 * Give all to ${fn} by number of table and key, until one fails, and forget
 * them.  Return 0 or -1.
 */
int sqlite_sort_write(struct sqlite_sort *s, sqlite_sort_fn *fn, void *arg,
    struct err *e);

#endif /* !NF_LOAD_SQLITE_SQLITE_SORT_H */
