/* SPDX-License-Identifier: Apache-2.0 */
#include "dups.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"

#define FIRST_SIZE 64U
#define MAX_SIZE (1U << 24)

void
dups_init(struct dups *d)
{

	memset(d, 0, sizeof(*d));
	key_hash_init(&d->hash);
}

void
dups_free(struct dups *d)
{

	free(d->entry);
	free(d->place);
	*d = (struct dups){ .hash = d->hash };
}

void
dups_begin(struct dups *d)
{

	d->n = 0;
	if (++d->round == 0) { /* after 2^32 rounds old places look new */
		if (d->place != NULL)
			memset(d->place, 0, d->size * sizeof(*d->place));
		d->round = 1;
	}
}

/* Find the place of ${e}, or the free place for it. */
static uint32_t
find_entry_place(const struct dups *d, const struct dups_entry *e,
    const uint8_t *data)
{
	const struct dups_entry *o;
	uint32_t at = (uint32_t)e->hash & (d->size - 1);

	/* There is always a free place. */
	assert(d->size / 2 >= d->n && (d->size & (d->size - 1)) == 0);
	for (;; at = (at + 1) & (d->size - 1)) {
		if (d->place[at] >> 32 != d->round)
			return (at);
		o = &d->entry[(uint32_t)d->place[at] - 1];
		if (o->hash == e->hash && o->tag == e->tag &&
		    o->len == e->len &&
		    memcmp(data + o->at, data + e->at, e->len) == 0)
			return (at);
	}
}

/* Double the size; the table is at most half full. */
static int
grow_dups(struct dups *d, const uint8_t *data)
{
	uint32_t size = d->size == 0 ? FIRST_SIZE : d->size * 2, i;
	struct dups_entry *e;
	uint64_t *place;

	if (size > MAX_SIZE)
		return (-1);
	if ((e = realloc(d->entry, (size_t)size / 2 * sizeof(*e))) == NULL)
		return (-1);
	d->entry = e;
	d->cap = size / 2;
	if ((place = calloc(size, sizeof(*place))) == NULL)
		return (-1);
	free(d->place);
	d->place = place;
	d->size = size;
	for (i = 0; i < d->n; i++)
		d->place[find_entry_place(d, &e[i], data)] =
		    (uint64_t)d->round << 32 | (i + 1);
	return (0);
}

uint32_t
dups_add(struct dups *d, uint64_t tag, const struct buf *b, size_t at,
    size_t len)
{
	struct dups_entry *e;
	uint32_t place;

	assert(d->round != 0 && d->n <= d->cap && at + len <= b->len);
	if (b->failed || b->len > UINT32_MAX ||
	    (d->n == d->cap && grow_dups(d, b->data) == -1))
		return (DUPS_NOMEM);
	e = &d->entry[d->n];
	/* Buffers are padded. */
	e->hash = key_hash_step(&d->hash, key_hash_bytes(&d->hash, b->data + at,
	    len), tag);
	e->tag = tag;
	e->at = (uint32_t)at;
	e->len = (uint32_t)len;
	place = find_entry_place(d, e, b->data);
	if (d->place[place] >> 32 == d->round)
		return ((uint32_t)d->place[place] - 1);
	d->place[place] = (uint64_t)d->round << 32 | ++d->n;
	return (DUPS_NEW);
}
