/* SPDX-License-Identifier: Apache-2.0 */
#include "row.h"

#include <assert.h>
#include <stdlib.h>

/* Family, qualifier and value are stored one after the other. */
struct row_place {
	size_t at;
	size_t value_len;
	int64_t ts;
	uint32_t family_len;
	uint32_t qualifier_len;
};

void
row_init(struct row *r)
{

	memset(r, 0, sizeof(*r));
	buf_init(&r->data, ROW_MAX);
}

void
row_free(struct row *r)
{

	buf_free(&r->data);
	free(r->place);
	row_init(r);
}

size_t
row_size(const struct row *r)
{

	return (r->data.len + r->n * sizeof(*r->place));
}

void
row_trim(struct row *r, size_t most)
{

	if (r->data.cap + r->cap * sizeof(*r->place) > most)
		row_free(r);
}

int
row_begin(struct row *r, struct bytes key)
{

	buf_reset(&r->data);
	r->n = 0;
	r->key_len = key.n;
	return (buf_append(&r->data, key.p, key.n));
}

int
row_add(struct row *r, struct bytes family, struct bytes qualifier, int64_t ts)
{
	struct row_place *p;
	size_t cap;

	if (family.n > UINT32_MAX || qualifier.n > UINT32_MAX)
		return (-1);
	if (r->n == r->cap) {
		cap = r->cap == 0 ? 64 : r->cap * 2;
		if ((p = realloc(r->place, cap * sizeof(*p))) == NULL)
			return (-1);
		r->place = p;
		r->cap = cap;
	}
	p = &r->place[r->n++];
	p->at = r->data.len;
	p->family_len = (uint32_t)family.n;
	p->qualifier_len = (uint32_t)qualifier.n;
	p->value_len = 0;
	p->ts = ts;
	buf_append(&r->data, family.p, family.n);
	return (buf_append(&r->data, qualifier.p, qualifier.n));
}

int
row_value(struct row *r, const void *p, size_t n)
{

	assert(r->n > 0);
	r->place[r->n - 1].value_len += n;
	return (buf_append(&r->data, p, n));
}

static struct row_cell
get_cell_at(const struct row *r, const struct row_place *p)
{
	const uint8_t *d = r->data.data + p->at;
	struct row_cell c = {
		.family = { d, p->family_len },
		.qualifier = { d + p->family_len, p->qualifier_len },
		.value = { d + p->family_len + p->qualifier_len,
		    p->value_len },
		.ts = p->ts
	};

	return (c);
}

static int
compare_places(const void *x, const void *y, void *r)
{
	struct row_cell a = get_cell_at(r, x), b = get_cell_at(r, y);
	int c;

	if ((c = bytes_compare(a.family, b.family)) == 0 &&
	    (c = bytes_compare(a.qualifier, b.qualifier)) == 0)
		c = a.ts > b.ts ? -1 : a.ts < b.ts;
	return (c);
}

void
row_sort(struct row *r)
{

	if (r->n > 1)
		qsort_r(r->place, r->n, sizeof(*r->place), compare_places,
		    r);
}

void
row_keep_versions(struct row *r, uint64_t n)
{
	struct row_cell c, before = { .ts = 0 };
	uint64_t seen = 0;
	size_t i, kept = 0;

	for (i = 0; i < r->n; i++) {
		c = get_cell_at(r, &r->place[i]);
		if (i > 0 && bytes_equal(c.family, before.family) &&
		    bytes_equal(c.qualifier, before.qualifier))
			seen++;
		else
			seen = 1;
		before = c;
		if (seen <= n)
			r->place[kept++] = r->place[i];
	}
	r->n = kept;
}

struct bytes
row_key(const struct row *r)
{
	struct bytes b = { r->data.data, r->key_len };

	return (b);
}

struct row_cell
row_cell(const struct row *r, size_t i)
{

	assert(i < r->n);
	return (get_cell_at(r, &r->place[i]));
}
