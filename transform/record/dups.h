/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_DUPS_H
#define NF_TRANSFORM_RECORD_DUPS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/key_hash.h"

/*
 * A set of byte strings in a buffer, to find those that occur twice.
 */
struct buf;

#define DUPS_NEW UINT32_MAX
#define DUPS_NOMEM (UINT32_MAX - 1)

struct dups_entry {
	uint64_t hash;
	uint64_t tag;
	uint32_t at;
	uint32_t len;
};

struct dups {
	struct dups_entry *entry;
	uint32_t n;
	uint32_t cap;
	uint64_t *place; /* hash table: round in the high half, entry + 1 */
	uint32_t size;
	uint32_t round;
	struct key_hash hash;
};

/**
 * dups_init(d) / dups_free(d):
 * Initialize an empty set, which still needs dups_begin; free its contents.
 */
void dups_init(struct dups *d);
void dups_free(struct dups *d);

/**
 * dups_begin(d):
 * Empty the set, but keep its memory.
 */
void dups_begin(struct dups *d);

/**
 * dups_add(d, tag, b, at, len):
 * Add the ${len} bytes at offset ${at} of ${b} under ${tag}.  Return DUPS_NEW,
 * or the index of the entry with the same bytes and tag, or DUPS_NOMEM.
 */
uint32_t dups_add(struct dups *d, uint64_t tag, const struct buf *b,
    size_t at, size_t len);

#endif /* !NF_TRANSFORM_RECORD_DUPS_H */
