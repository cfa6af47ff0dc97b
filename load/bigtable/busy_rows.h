/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BUSY_ROWS_H
#define NF_LOAD_BIGTABLE_BUSY_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"

/*
 * The rows in progress: a set of (table, row key).  A line for one of these
 * rows must wait, or it could overtake the previous line for the same row.
 */
struct busy_rows;

/* Embedded in the entry for the row. */
struct busy_rows_key {
	struct busy_rows_key *next;
	uint64_t hash;
	const void *table; /* compared by address */
	struct bytes row;  /* must be valid while the key is in the set */
};

/**
 * busy_rows_new(max) / busy_rows_free(f):
 * Create an empty set, sized for about ${max} keys; NULL if there is no
 * memory.
 */
struct busy_rows *busy_rows_new(size_t max);
void busy_rows_free(struct busy_rows *f);

/**
 * busy_rows_hash(table, row):
 * Return the hash for the calls below.
 */
uint64_t busy_rows_hash(const void *table, struct bytes row);

/**
 * busy_rows_prefetch(f, hash):
 * Prefetch: ${hash} will be looked up soon.
 */
void busy_rows_prefetch(const struct busy_rows *f, uint64_t hash);

/**
 * busy_rows_find(f, hash, table, row):
 * Return the key in the set, or NULL.
 */
struct busy_rows_key *busy_rows_find(const struct busy_rows *f, uint64_t hash,
    const void *table, struct bytes row);

/**
 * busy_rows_add(f, k) / busy_rows_remove(f, k):
 * Put ${k} (hash, table and row filled), which is not in the set, into it;
 * take ${k}, which is in the set, out of it.
 */
void busy_rows_add(struct busy_rows *f, struct busy_rows_key *k);
void busy_rows_remove(struct busy_rows *f, struct busy_rows_key *k);

#endif /* !NF_LOAD_BIGTABLE_BUSY_ROWS_H */
