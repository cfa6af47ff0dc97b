/* SPDX-License-Identifier: Apache-2.0 */
#include "parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/hex.h"
#include "receipt.h"

#define HASH_SIZE ((PART_HASH - 1) / 2)

/* A receipt whose names are left out: index and hash make them. */
struct packed_part {
	uint8_t hash[HASH_SIZE];
	uint64_t generation;
	uint64_t stored; /* bytes of the object, twice; odd: not compressed */
	uint64_t records;
	uint64_t raw_size;
	uint32_t crc32c;
	uint32_t raw_crc32c;
};

void
parts_init(struct parts *p)
{

	memset(p, 0, sizeof(*p));
}

void
parts_free(struct parts *p)
{

	free(p->at);
	parts_init(p);
}

static int
grow_parts(struct parts *p, struct err *e)
{
	size_t cap = p->cap == 0 ? 16 : 2 * p->cap;
	struct packed_part *more;

	if (p->n == PARTS_MAX)
		return (err_set_code(e, ERR_CONFIG, "too_many_parts",
		    "a run has at most %zu parts: use a larger --part-size or "
		    "shorter windows", PARTS_MAX));
	if ((more = reallocarray(p->at, cap, sizeof(*more))) == NULL)
		return (err_nomem(e));
	p->at = more;
	p->cap = cap;
	return (0);
}

int
parts_add(struct parts *p, const struct receipt *r, struct err *e)
{
	struct packed_part *k;
	int rc;

	if (p->n == p->cap && grow_parts(p, e) == -1)
		return (-1);
	assert(r->size <= UINT64_MAX / 2);
	k = &p->at[p->n++];
	rc = hex_read(r->hash, k->hash, HASH_SIZE);
	assert(rc == 0); /* part_split_place has checked it */
	(void)rc;
	k->generation = r->generation;
	k->stored = 2 * r->size + (part_form(r->part) == PART_PLAIN);
	k->records = r->own.records;
	k->raw_size = r->own.raw_size;
	k->crc32c = r->crc32c;
	k->raw_crc32c = r->own.raw_crc32c;
	return (0);
}

void
parts_reverse(struct parts *p)
{
	struct packed_part k;
	size_t i, j;

	for (i = 0, j = p->n; i + 1 < j; i++) {
		k = p->at[--j];
		p->at[j] = p->at[i];
		p->at[i] = k;
	}
}

void
parts_get(const struct parts *p, size_t i, struct receipt *r)
{
	const struct packed_part *k;

	assert(i < p->n);
	k = &p->at[i];
	memset(r, 0, sizeof(*r));
	r->index = i;
	hex_write(k->hash, HASH_SIZE, r->hash);
	part_name(r->part, i, r->hash,
	    k->stored % 2 == 1 ? PART_PLAIN : PART_GZIP);
	if (i > 0)
		hex_write(k[-1].hash, HASH_SIZE, r->before);
	r->generation = k->generation;
	r->size = k->stored / 2;
	r->crc32c = k->crc32c;
	r->own.records = k->records;
	r->own.raw_size = k->raw_size;
	r->own.raw_crc32c = k->raw_crc32c;
}

void
parts_sum(const struct parts *p, struct part_totals *sum)
{
	struct part_totals own;
	size_t i;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < p->n; i++) {
		own.records = p->at[i].records;
		own.raw_size = p->at[i].raw_size;
		own.raw_crc32c = p->at[i].raw_crc32c;
		part_totals_add(sum, &own);
	}
}

uint64_t
parts_stored_size(const struct parts *p)
{
	uint64_t size = 0;
	size_t i;

	for (i = 0; i < p->n; i++)
		size += p->at[i].stored / 2;
	return (size);
}
