/* SPDX-License-Identifier: Apache-2.0 */
#include "busy_rows.h"

#include <assert.h>
#include <stdlib.h>

#define MIN_BUCKETS ((size_t)1024)
#define MAX_BUCKETS ((size_t)1 << 20)

struct busy_rows {
	size_t mask;
	struct busy_rows_key *bucket[];
};

struct busy_rows *
busy_rows_new(size_t max)
{
	struct busy_rows *f;
	size_t n = MIN_BUCKETS;

	/*
	 * Most buckets are empty, so that a lookup of a new key touches no
	 * other key.
	 */
	while (n / 4 < max && n < MAX_BUCKETS)
		n *= 2;
	if ((f = calloc(1, sizeof(*f) + n * sizeof(f->bucket[0]))) == NULL)
		return (NULL);
	f->mask = n - 1;
	return (f);
}

void
busy_rows_free(struct busy_rows *f)
{

	free(f);
}

/* FNV-1a in steps of eight bytes, and a final mix of all bits. */
uint64_t
busy_rows_hash(const void *table, struct bytes row)
{
	const uint64_t prime = 0x100000001b3;
	uint64_t h = 0xcbf29ce484222325 ^ (uint64_t)(uintptr_t)table, w;
	size_t i;

	for (i = 0; i + 8 <= row.n; i += 8) {
		memcpy(&w, row.p + i, 8);
		h = (h ^ w) * prime;
		h ^= h >> 29;
	}
	for (; i < row.n; i++)
		h = (h ^ row.p[i]) * prime;
	h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
	return (h ^ h >> 33);
}

void
busy_rows_prefetch(const struct busy_rows *f, uint64_t hash)
{

	__builtin_prefetch(&f->bucket[hash & f->mask]);
}

struct busy_rows_key *
busy_rows_find(const struct busy_rows *f, uint64_t hash, const void *table,
    struct bytes row)
{
	struct busy_rows_key *k;

	for (k = f->bucket[hash & f->mask]; k != NULL; k = k->next)
		if (k->hash == hash && k->table == table &&
		    bytes_equal(k->row, row))
			break;
	return (k);
}

void
busy_rows_add(struct busy_rows *f, struct busy_rows_key *k)
{
	struct busy_rows_key **b = &f->bucket[k->hash & f->mask];

	assert(busy_rows_find(f, k->hash, k->table, k->row) == NULL);
	k->next = *b;
	*b = k;
}

void
busy_rows_remove(struct busy_rows *f, struct busy_rows_key *k)
{
	struct busy_rows_key **p = &f->bucket[k->hash & f->mask];

	assert(busy_rows_find(f, k->hash, k->table, k->row) == k);
	while (*p != k)
		p = &(*p)->next;
	*p = k->next;
}
