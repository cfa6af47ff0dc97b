/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_sort.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"

#define FIRST_CAP 4096

/* One mutation. */
struct sorted {
	const struct sqlite_table *table;
	int64_t id;     /* of the table */
	uint64_t first; /* the first eight bytes of its key, to compare */
	size_t at;      /* position of its row in the bytes; its cells follow */
	size_t row_len;
	uint32_t ncells;
	bool delete;
};

/* The header before the bytes of a cell. */
struct packed_cell {
	size_t value_len;
	uint32_t family_len, qualifier_len;
	int64_t ts;
	bool delete;
};

struct sqlite_sort {
	struct sorted *sorted;
	size_t n, cap;
	struct buf bytes;
	struct mutation_cell *cell; /* of the mutation being written */
	size_t cells;
};

struct sqlite_sort *
sqlite_sort_new(struct err *e)
{
	struct sqlite_sort *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	buf_init(&s->bytes, SIZE_MAX / 2);
	return (s);
}

void
sqlite_sort_free(struct sqlite_sort *s)
{

	if (s == NULL)
		return;
	free(s->sorted);
	free(s->cell);
	buf_free(&s->bytes);
	free(s);
}

/* Big-endian, so that numbers sort like the bytes. */
static uint64_t
read_key_start(struct bytes row)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < sizeof(v); i++)
		v = v << 8 | (i < row.n ? row.p[i] : 0);
	return (v);
}

static struct sorted *
add_sorted(struct sqlite_sort *s)
{
	size_t cap = s->cap == 0 ? FIRST_CAP : 2 * s->cap;
	struct sorted *more;

	if (s->n == s->cap) {
		more = reallocarray(s->sorted, cap, sizeof(*more));
		if (more == NULL)
			return (NULL);
		s->sorted = more;
		s->cap = cap;
	}
	return (&s->sorted[s->n++]);
}

int
sqlite_sort_add(struct sqlite_sort *s, const struct sqlite_table *t,
    int64_t id, const struct mutation *m, struct err *e)
{
	const struct mutation_cell *c;
	struct packed_cell packed;
	struct sorted *x;
	size_t i;

	assert(m->ncells <= UINT32_MAX);
	if ((x = add_sorted(s)) == NULL)
		return (err_nomem(e));
	*x = (struct sorted){ .table = t, .id = id, .first = read_key_start(m->row),
		.at = s->bytes.len, .row_len = m->row.n,
		.ncells = (uint32_t)m->ncells, .delete = m->delete };
	buf_append(&s->bytes, m->row.p, m->row.n);
	memset(&packed, 0, sizeof(packed));
	for (i = 0; i < m->ncells; i++) {
		c = &m->cell[i];
		packed.family_len = (uint32_t)c->family.n;
		packed.qualifier_len = (uint32_t)c->qualifier.n;
		packed.value_len = c->value.n;
		packed.ts = c->ts;
		packed.delete = c->delete;
		buf_append(&s->bytes, &packed, sizeof(packed));
		buf_append(&s->bytes, c->family.p, c->family.n);
		buf_append(&s->bytes, c->qualifier.p, c->qualifier.n);
		buf_append(&s->bytes, c->value.p, c->value.n);
	}
	return (s->bytes.failed ? err_nomem(e) : 0);
}

size_t
sqlite_sort_size(const struct sqlite_sort *s)
{

	return (s->bytes.len + s->n * sizeof(*s->sorted));
}

/* By table, then by key, then by order of arrival. */
static int
compare_sorted(const void *pa, const void *pb, void *arg)
{
	const struct sorted *a = pa, *b = pb;
	const struct buf *bytes = arg;
	int rc;

	if (a->id != b->id)
		return (a->id < b->id ? -1 : 1);
	if (a->first != b->first)
		return (a->first < b->first ? -1 : 1);
	rc = bytes_compare((struct bytes){ bytes->data + a->at, a->row_len },
	    (struct bytes){ bytes->data + b->at, b->row_len });
	return (rc != 0 ? rc : a->at < b->at ? -1 : 1);
}

static struct bytes
take_bytes(const uint8_t **p, size_t n)
{
	struct bytes b = { *p, n };

	*p += n;
	return (b);
}

/* Restore the mutation of ${x}. */
static int
unpack_mutation(struct sqlite_sort *s, const struct sorted *x,
    struct mutation *m, struct err *e)
{
	const uint8_t *p = s->bytes.data + x->at;
	struct packed_cell packed;
	struct mutation_cell *c;
	size_t i;

	if (x->ncells > s->cells) {
		c = reallocarray(s->cell, x->ncells, sizeof(*c));
		if (c == NULL)
			return (err_nomem(e));
		s->cell = c;
		s->cells = x->ncells;
	}
	m->row = take_bytes(&p, x->row_len);
	m->delete = x->delete;
	m->cell = s->cell;
	m->ncells = x->ncells;
	for (i = 0; i < x->ncells; i++) {
		c = &s->cell[i];
		memcpy(&packed, p, sizeof(packed));
		p += sizeof(packed);
		c->family = take_bytes(&p, packed.family_len);
		c->qualifier = take_bytes(&p, packed.qualifier_len);
		c->value = take_bytes(&p, packed.value_len);
		c->ts = packed.ts;
		c->delete = packed.delete;
	}
	return (0);
}

int
sqlite_sort_write(struct sqlite_sort *s, sqlite_sort_fn *fn, void *arg,
    struct err *e)
{
	struct mutation m;
	size_t i;
	int rc = 0;

	memset(&m, 0, sizeof(m));
	if (s->n > 0)
		qsort_r(s->sorted, s->n, sizeof(*s->sorted), compare_sorted,
		    &s->bytes);
	for (i = 0; i < s->n && rc == 0; i++)
		if ((rc = unpack_mutation(s, &s->sorted[i], &m, e)) == 0)
			rc = fn(arg, s->sorted[i].table, &m, e);
	s->n = 0;
	buf_reset(&s->bytes);
	return (rc);
}
