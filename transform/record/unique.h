/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_UNIQUE_H
#define NF_TRANSFORM_RECORD_UNIQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Texts seen in a run, as 128-bit hashes: 16 bytes each, however long they
 * are.  Among a thousand million texts, two collide by chance once in 10^20
 * runs; each set has secrets that keep anyone from creating such a pair.
 */
struct unique;

struct unique_hash {
	uint64_t a, b;
};

/**
 * unique_new(limit) / unique_free(u):
 * Return a set of at most ${limit} texts; NULL without memory.
 */
struct unique *unique_new(size_t limit);
void unique_free(struct unique *u);

/**
 * unique_hash(u, salt, p, n):
 * Return the hash in the set ${u} of the ${n} bytes at ${p}, after which 8
 * more must be readable; ${salt} separates the checks from each other.
 */
struct unique_hash unique_hash(const struct unique *u, uint64_t salt,
    const void *p, size_t n);

/**
 * unique_has(u, h):
 * Return whether the text with hash ${h} was added.
 */
bool unique_has(const struct unique *u, struct unique_hash h);

/**
 * unique_add(u, h):
 * Add the text with hash ${h}.  Return 0, or -1 if the limit is reached or
 * memory runs out.
 */
int unique_add(struct unique *u, struct unique_hash h);

#endif /* !NF_TRANSFORM_RECORD_UNIQUE_H */
