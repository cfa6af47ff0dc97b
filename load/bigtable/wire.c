/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <string.h>

#include "load/mutation.h"

/* Tags: field number and wire type. */
#define VARINT(field) ((uint8_t)((field) << 3))
#define LENGTH(field) ((uint8_t)((field) << 3 | 2))

static inline size_t
size_varint(uint64_t v)
{

	/* 7 bits a byte; __builtin_clzll(0) is undefined, hence the 1. */
	return ((size_t)(70 - __builtin_clzll(v | 1)) / 7);
}

static inline uint8_t *
put_varint(uint8_t *p, uint64_t v)
{

	while (v >= 0x80) {
		*p++ = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	*p++ = (uint8_t)v;
	return (p);
}

size_t
wire_field_size(size_t n)
{

	return (1 + size_varint(n) + n);
}

static inline uint8_t *
put_head(uint8_t *p, uint8_t tag, size_t n)
{

	*p++ = tag;
	return (put_varint(p, n));
}

uint8_t *
wire_field(uint8_t *p, unsigned int field, struct bytes b)
{

	p = put_head(p, LENGTH(field), b.n);
	if (b.n > 0)
		memcpy(p, b.p, b.n);
	return (p + b.n);
}

/* Fields that have their default (empty, 0) are not sent in proto3. */
static inline size_t
size_optional(size_t n)
{

	return (n == 0 ? 0 : wire_field_size(n));
}

static inline uint8_t *
put_optional(uint8_t *p, unsigned int field, struct bytes b)
{

	return (b.n == 0 ? p : wire_field(p, field, b));
}

/* Mutation.SetCell or Mutation.DeleteFromColumn. */
static inline size_t
size_change(const struct mutation_cell *c)
{
	size_t n = size_optional(c->family.n) + size_optional(c->qualifier.n);

	if (c->delete)
		return (n);
	if (c->ts != 0)
		n += 1 + size_varint((uint64_t)c->ts);
	return (n + size_optional(c->value.n));
}

static inline uint8_t *
put_change(uint8_t *p, const struct mutation_cell *c)
{

	p = put_optional(p, 1, c->family);
	p = put_optional(p, 2, c->qualifier);
	if (c->delete)
		return (p);
	if (c->ts != 0) {
		*p++ = VARINT(3);
		p = put_varint(p, (uint64_t)c->ts);
	}
	return (put_optional(p, 4, c->value));
}

size_t
wire_mutations_size(const struct mutation *m)
{
	size_t i, n = 0;

	if (m->delete) /* Mutation{delete_from_row{}} */
		return (wire_field_size(wire_field_size(0)));
	for (i = 0; i < m->ncells; i++)
		n += wire_field_size(
		    wire_field_size(size_change(&m->cell[i])));
	return (n);
}

uint8_t *
wire_mutations(uint8_t *p, const struct mutation *m)
{
	const struct mutation_cell *c;
	size_t i, n;

	if (m->delete) {
		p = put_head(p, LENGTH(2), wire_field_size(0));
		return (put_head(p, LENGTH(4), 0));
	}
	for (i = 0; i < m->ncells; i++) {
		c = &m->cell[i];
		n = size_change(c);
		p = put_head(p, LENGTH(2), wire_field_size(n));
		p = put_head(p, c->delete ? LENGTH(2) : LENGTH(1), n);
		p = put_change(p, c);
	}
	return (p);
}

size_t
wire_entry_size(size_t key, size_t mutations)
{

	return (wire_field_size(wire_field_size(key) + mutations));
}

uint8_t *
wire_entry(uint8_t *p, struct bytes key, size_t mutations)
{

	p = put_head(p, LENGTH(2), wire_field_size(key.n) + mutations);
	return (wire_field(p, 1, key));
}
