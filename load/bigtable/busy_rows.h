/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BUSY_ROWS_H
#define NF_LOAD_BIGTABLE_BUSY_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"

/*
 * The rows that are under way: a set of (table, row key).  A line for one of
 * them must wait, or it could overtake the line before it.
 */
struct busy_rows;

/* Embedded in what is under way. */
struct busy_rows_key {
	struct busy_rows_key *next;
	uint64_t hash;
	const void *table; /* compared by address */
	struct bytes row;  /* must stay as long as the key is in the set */
};

/**
 * busy_rows_new(max) / busy_rows_free(f):
 * An empty set, made for about ${max} keys; NULL without memory.
 */
struct busy_rows *busy_rows_new(size_t max);
void busy_rows_free(struct busy_rows *f);

/**
 * busy_rows_hash(table, row):
 * Return the hash that the calls below want.
 */
uint64_t busy_rows_hash(const void *table, struct bytes row);

/**
 * busy_rows_prefetch(f, hash):
 * Say that ${hash} will be asked for soon.
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
 * Put ${k} (hash, table and row filled) into the set, where it was not; take
 * it out, where it was.
 */
void busy_rows_add(struct busy_rows *f, struct busy_rows_key *k);
void busy_rows_remove(struct busy_rows *f, struct busy_rows_key *k);

#endif /* !NF_LOAD_BIGTABLE_BUSY_ROWS_H */
