/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_SORT_H
#define NF_LOAD_SQLITE_SQLITE_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "load/mutation.h"

/*
 * Mutations that wait to be written in key order: if keys are unordered, each
 * row would touch another page of the database.  Mutations of one row stay in
 * their original order.
 */
struct err;
struct sqlite_sort;
struct sqlite_table;

/* Writes one mutation; in ${m} only row, delete and cells are set. */
typedef int sqlite_sort_fn(void *arg, const struct sqlite_table *t,
    const struct mutation *m, struct err *e);

/**
 * sqlite_sort_new(e) / sqlite_sort_free(s):
 * Create an empty set.
 */
struct sqlite_sort *sqlite_sort_new(struct err *e);
void sqlite_sort_free(struct sqlite_sort *s);

/**
 * sqlite_sort_add(s, t, id, m, e):
 * Store a copy of ${m}, which belongs to the table ${t} (borrowed) with the
 * number ${id}.  Return 0, or -1 if there is no memory.
 */
int sqlite_sort_add(struct sqlite_sort *s, const struct sqlite_table *t,
    int64_t id, const struct mutation *m, struct err *e);

/**
 * sqlite_sort_size(s):
 * Return the number of bytes that ${s} holds.
 */
size_t sqlite_sort_size(const struct sqlite_sort *s);

/**
 * sqlite_sort_write(s, fn, arg, e):
 * Pass all mutations to ${fn} in order of table number and key, until one
 * fails, and empty ${s}.  Return 0 or -1.
 */
int sqlite_sort_write(struct sqlite_sort *s, sqlite_sort_fn *fn, void *arg,
    struct err *e);

#endif /* !NF_LOAD_SQLITE_SQLITE_SORT_H */
