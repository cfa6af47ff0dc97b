/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <assert.h>
#include <string.h>

#include "load/mutation.h"

/* Tags: field number and wire type. */
#define VARINT(field) ((uint8_t)((field) << 3))
#define LENGTH(field) ((uint8_t)((field) << 3 | 2))

static inline size_t
size_varint(uint64_t v)
{

	/* 7 bits per byte; __builtin_clzll(0) is undefined. */
	return (v < 0x80 ? 1 : (size_t)(70 - __builtin_clzll(v)) / 7);
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

static inline size_t
size_field(size_t n)
{

	return (1 + size_varint(n) + n);
}

size_t
wire_field_size(size_t n)
{

	return (size_field(n));
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

/* The same with WIRE_PAD bytes readable and writable after both. */
static inline uint8_t *
put_padded(uint8_t *p, const uint8_t *from, size_t n)
{
	size_t i;

	if (n > 16 * WIRE_PAD)
		memcpy(p, from, n);
	else
		for (i = 0; i < n; i += WIRE_PAD)
			memcpy(p + i, from + i, WIRE_PAD);
	return (p + n);
}

/* proto3 does not send fields with default values (empty, 0). */
static inline size_t
size_optional(size_t n)
{

	return (n == 0 ? 0 : size_field(n));
}

static inline uint8_t *
put_optional(uint8_t *p, unsigned int field, struct bytes b)
{

	return (b.n == 0 ? p : wire_field(p, field, b));
}

/* Mutation.SetCell or Mutation.DeleteFromColumn: family and qualifier. */
static inline size_t
size_cell_names(const struct mutation_cell *c)
{

	return (size_optional(c->family.n) + size_optional(c->qualifier.n));
}

static inline uint8_t *
put_cell_names(uint8_t *p, const struct mutation_cell *c)
{

	return (put_optional(put_optional(p, 1, c->family), 2, c->qualifier));
}

/* Its timestamp and value. */
static inline size_t
size_cell_time(const struct mutation_cell *c)
{

	return (c->delete || c->ts == 0 ? 0 :
	    1 + size_varint((uint64_t)c->ts));
}

static inline uint8_t *
put_cell_time(uint8_t *p, const struct mutation_cell *c)
{

	if (c->delete || c->ts == 0)
		return (p);
	*p++ = VARINT(3);
	return (put_varint(p, (uint64_t)c->ts));
}

static inline size_t
size_value(const struct mutation_cell *c)
{

	return (c->delete ? 0 : size_optional(c->value.n));
}

static inline uint8_t *
put_value(uint8_t *p, const struct mutation_cell *c)
{

	if (c->delete || c->value.n == 0)
		return (p);
	return (put_padded(put_head(p, LENGTH(4), c->value.n), c->value.p,
	    c->value.n));
}

/* Does ${c} belong to the column ${w}, whose names are not empty? */
static inline bool
is_of_column(const struct wire_column *w, const struct mutation_cell *c)
{
	const uint8_t *family = w->head + 2;

	return (w->len != 0 && c->delete == w->delete &&
	    c->family.n == w->family && c->qualifier.n == w->qualifier &&
	    bytes_same(c->family.p, family, w->family) &&
	    bytes_same(c->qualifier.p, family + w->family + 2,
	    w->qualifier));
}

/* Remember the column of ${c} if its names are neither empty nor too long. */
static void
remember_column(struct wire_column *w, const struct mutation_cell *c)
{

	w->len = 0;
	if (c->family.n == 0 || c->qualifier.n == 0 ||
	    c->family.n + c->qualifier.n > WIRE_HEAD - 16)
		return;
	w->family = c->family.n;
	w->qualifier = c->qualifier.n;
	w->delete = c->delete;
	w->names = size_cell_names(c);
	w->ts = c->ts;
	w->len = (size_t)(put_cell_time(put_cell_names(w->head, c), c) - w->head);
	assert(w->len <= WIRE_HEAD);
}

/* Size of ${c}, at the position where column ${w} was in the last line. */
static inline size_t
measure_cell(struct wire_column *w, const struct mutation_cell *c)
{

	if (!is_of_column(w, c)) {
		remember_column(w, c);
	} else if (w->ts != c->ts) {
		w->ts = c->ts;
		w->len = (size_t)(put_cell_time(w->head + w->names, c) - w->head);
	}
	return ((w->len != 0 ? w->len : size_cell_names(c) + size_cell_time(c)) +
	    size_value(c));
}

size_t
wire_mutations_size(struct wire *w, const struct mutation *m)
{
	size_t i, n = 0, size;

	w->measured = m;
	if (m->delete) /* Mutation{delete_from_row{}} */
		return (size_field(size_field(0)));
	for (i = 0; i < m->ncells; i++) {
		size = i < WIRE_COLUMNS ?
		    measure_cell(&w->column[i], &m->cell[i]) :
		    size_cell_names(&m->cell[i]) + size_cell_time(&m->cell[i]) +
		    size_value(&m->cell[i]);
		n += size_field(size_field(size));
	}
	return (n);
}

uint8_t *
wire_mutations(const struct wire *w, uint8_t *p, const struct mutation *m)
{
	const struct wire_column *column;
	const struct mutation_cell *c;
	size_t i, n;

	assert(w->measured == m);
	if (m->delete) {
		p = put_head(p, LENGTH(2), size_field(0));
		return (put_head(p, LENGTH(4), 0));
	}
	for (i = 0; i < m->ncells; i++) {
		c = &m->cell[i];
		column = i < WIRE_COLUMNS && w->column[i].len != 0 ?
		    &w->column[i] : NULL;
		assert(column == NULL || is_of_column(column, c));
		n = (column != NULL ? column->len :
		    size_cell_names(c) + size_cell_time(c)) + size_value(c);
		p = put_head(p, LENGTH(2), size_field(n));
		p = put_head(p, c->delete ? LENGTH(2) : LENGTH(1), n);
		p = column != NULL ? put_padded(p, column->head, column->len) :
		    put_cell_time(put_cell_names(p, c), c);
		p = put_value(p, c);
	}
	return (p);
}

size_t
wire_entry_size(size_t key, size_t mutations)
{

	return (size_field(size_field(key) + mutations));
}

uint8_t *
wire_entry(uint8_t *p, struct bytes key, size_t mutations)
{

	p = put_head(p, LENGTH(2), size_field(key.n) + mutations);
	return (put_padded(put_head(p, LENGTH(1), key.n), key.p, key.n));
}
