/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that may be read after a copy. */
#define PAD 16
#define CHUNK ((size_t)16 << 10)
#define ALIGN alignof(max_align_t)

struct pool_chunk {
	struct pool_chunk *before;
	alignas(max_align_t) unsigned char data[];
};

void
pool_init(struct pool *p)
{

	memset(p, 0, sizeof(*p));
}

void
pool_free(struct pool *p)
{
	struct pool_chunk *c;

	while ((c = p->chunk) != NULL) {
		p->chunk = c->before;
		free(c);
	}
	pool_init(p);
}

void *
pool_alloc(struct pool *p, size_t n)
{
	struct pool_chunk *c;
	size_t size;
	void *piece;

	if (n > SIZE_MAX / 2)
		return (NULL);
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (p->chunk == NULL || p->size - p->used < n) {
		size = n > CHUNK ? n : CHUNK;
		if ((c = calloc(1, sizeof(*c) + size)) == NULL)
			return (NULL);
		c->before = p->chunk;
		p->chunk = c;
		p->size = size;
		p->used = 0;
	}
	assert(p->used + n <= p->size);
	piece = p->chunk->data + p->used;
	p->used += n;
	return (piece);
}

char *
pool_copy(struct pool *p, const char *s, size_t n)
{
	char *copy;

	if (n > SIZE_MAX / 4 || (copy = pool_alloc(p, n + PAD)) == NULL)
		return (NULL);
	if (n > 0)
		memcpy(copy, s, n);
	return (copy);
}

void *
pool_grow(struct pool *p, void *array, size_t n, size_t size)
{
	void *more;

	/* Full at 0, 1, 2, 4, 8, ... elements. */
	if ((n & (n - 1)) != 0 && n != 0)
		return (array);
	if (n > SIZE_MAX / 4 / size)
		return (NULL);
	if ((more = pool_alloc(p, (n == 0 ? 1 : 2 * n) * size)) != NULL &&
	    n > 0)
		memcpy(more, array, n * size);
	return (more);
}
