/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_UNIQUE_H
#define NF_TRANSFORM_RECORD_UNIQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Texts seen in a run, as 128-bit hashes: 16 bytes each, however long they
 * are.  Two of a thousand million texts fall together by chance once in
 * 10^20 runs; secrets of each set keep anyone from making such two.
 */
struct unique;

struct unique_hash {
	uint64_t a, b;
};

/**
 * unique_new(limit) / unique_free(u):
 * A set of at most ${limit} texts; NULL without memory.
 */
struct unique *unique_new(size_t limit);
void unique_free(struct unique *u);

/**
 * unique_hash(u, salt, p, n):
 * Return the hash in the set ${u} of ${n} bytes, after which 8 more may be
 * read; ${salt} keeps several checks apart.
 */
struct unique_hash unique_hash(const struct unique *u, uint64_t salt,
    const void *p, size_t n);

/**
 * unique_has(u, h):
 * Return whether the text of ${h} was added.
 */
bool unique_has(const struct unique *u, struct unique_hash h);

/**
 * unique_add(u, h):
 * Add it.  Return 0, or -1 if the limit is reached or there is no memory.
 */
int unique_add(struct unique *u, struct unique_hash h);

#endif /* !NF_TRANSFORM_RECORD_UNIQUE_H */
