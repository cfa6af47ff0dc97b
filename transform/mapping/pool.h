/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_POOL_H
#define NF_TRANSFORM_MAPPING_POOL_H

#include <stddef.h>

/*
 * Memory of a compiled mapping: many small pieces that are allocated and freed
 * together.  Nothing is allocated here while records are transformed.
 */
struct pool {
	struct pool_chunk *chunk;
	size_t used; /* bytes of the newest chunk */
	size_t size;
};

/**
 * pool_init(p) / pool_free(p):
 * Initialize an empty pool; free all of it.
 */
void pool_init(struct pool *p);
void pool_free(struct pool *p);

/**
 * pool_alloc(p, n):
 * Return ${n} zeroed bytes, aligned for anything, or NULL.
 */
void *pool_alloc(struct pool *p, size_t n);

/**
 * pool_copy(p, s, n):
 * Return a copy of the ${n} bytes at ${s} with a NUL after it, or NULL.  16
 * bytes after the copy are readable.
 */
char *pool_copy(struct pool *p, const char *s, size_t n);

/**
 * pool_grow(p, array, n, size):
 * Make room for one more element in an array of ${n} elements of ${size}
 * bytes; only this function may have allocated the array (NULL: none yet).
 * Return the array, which may have moved, with the new element zeroed, or
 * NULL.
 */
void *pool_grow(struct pool *p, void *array, size_t n, size_t size);

#endif /* !NF_TRANSFORM_MAPPING_POOL_H */
