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
struct inflight;

/* Embedded in what is under way. */
struct inflight_key {
	struct inflight_key *next;
	uint64_t hash;
	const void *table; /* compared by address */
	struct bytes row;  /* must stay as long as the key is in the set */
};

/**
 * inflight_new(max) / inflight_free(f):
 * An empty set, made for about ${max} keys; NULL without memory.
 */
struct inflight *inflight_new(size_t max);
void inflight_free(struct inflight *f);

/**
 * inflight_hash(table, row):
 * Return the hash that the calls below want.
 */
uint64_t inflight_hash(const void *table, struct bytes row);

/**
 * inflight_prefetch(f, hash):
 * Say that ${hash} will be asked for soon.
 */
void inflight_prefetch(const struct inflight *f, uint64_t hash);

/**
 * inflight_find(f, hash, table, row):
 * Return the key in the set, or NULL.
 */
struct inflight_key *inflight_find(const struct inflight *f, uint64_t hash,
    const void *table, struct bytes row);

/**
 * inflight_add(f, k) / inflight_remove(f, k):
 * Put ${k} (hash, table and row filled) into the set, where it was not; take
 * it out, where it was.
 */
void inflight_add(struct inflight *f, struct inflight_key *k);
void inflight_remove(struct inflight *f, struct inflight_key *k);

#endif /* !NF_LOAD_BIGTABLE_BUSY_ROWS_H */
