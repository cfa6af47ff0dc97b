/* SPDX-License-Identifier: Apache-2.0 */
#include "load/bigtable/wire.h"

#include <stdlib.h>

#include "check.h"
#include "lib/base/bigtable_names.h"
#include "load/bigtable/bigtable.pb-c.h"
#include "load/mutation.h"

/*
 * The hand-written encoder against protobuf-c: random rows, the same bytes.
 */
#define CELLS (WIRE_COLUMNS + 10)

static uint64_t state = 88172645463325252ULL;

static uint64_t
rnd(uint64_t n)
{

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state % n);
}

static uint8_t pool[70000];

static struct bytes
some(size_t max)
{
	/* Lengths around the steps of a varint matter most. */
	static const size_t sharp[] = { 0, 1, 2, 116, 120, 126, 127, 128, 129,
		16375, 16383, 16384, 16390, 65535 };
	size_t n = rnd(3) == 0 ? sharp[rnd(14)] : rnd(200);
	struct bytes b = { pool + rnd(1000), n > max ? max : n };

	return (b);
}

static int64_t
some_ts(void)
{

	switch (rnd(4)) {
	case 0:
		return (0);
	case 1:
		return (INT64_MAX - (int64_t)rnd(3));
	default:
		return ((int64_t)(rnd(UINT64_MAX) >> (1 + rnd(63))));
	}
}

/* A cell as the one at its place in the line before, or nearly so. */
static void
vary_cell(struct mutation_cell *c)
{

	switch (rnd(8)) {
	case 0:
		c->ts = some_ts();
		break;
	case 1:
		c->delete = !c->delete;
		break;
	case 2:
		c->qualifier.p++;
		break;
	case 3:
		c->family.n -= c->family.n > 0;
		break;
	}
	c->value = some(65535);
}

static void
fill_mutation(struct mutation *m)
{
	const bool as_before = rnd(3) > 0;
	size_t i;

	m->row = some(BIGTABLE_MAX_KEY);
	m->delete = rnd(20) == 0;
	m->ncells = m->delete ? 0 : 1 + rnd(CELLS);
	for (i = 0; i < m->ncells; i++) {
		if (as_before && m->cell[i].family.p != NULL) {
			vary_cell(&m->cell[i]);
			continue;
		}
		m->cell[i].family = some(BIGTABLE_NAMES_MAX_FAMILY);
		m->cell[i].qualifier = some(BIGTABLE_MAX_QUALIFIER);
		m->cell[i].value = some(65535);
		m->cell[i].ts = some_ts();
		m->cell[i].delete = rnd(5) == 0;
	}
}

static ProtobufCBinaryData
binary(struct bytes b)
{
	ProtobufCBinaryData d = { b.n, (uint8_t *)(uintptr_t)b.p };

	return (d);
}

/*
 * The reference: the same request by protobuf-c.  Family names hold no NUL
 * because the pool does not.
 */
static size_t
by_protobuf(const struct mutation *m, uint8_t **out)
{
	static Google__Bigtable__V2__Mutation mu[CELLS], *all[CELLS];
	static Google__Bigtable__V2__Mutation__SetCell set[CELLS];
	static Google__Bigtable__V2__Mutation__DeleteFromColumn del[CELLS];
	static char family[CELLS][BIGTABLE_NAMES_MAX_FAMILY + 1];
	Google__Bigtable__V2__Mutation__DeleteFromRow row =
	    GOOGLE__BIGTABLE__V2__MUTATION__DELETE_FROM_ROW__INIT;
	Google__Bigtable__V2__MutateRowsRequest__Entry x =
	    GOOGLE__BIGTABLE__V2__MUTATE_ROWS_REQUEST__ENTRY__INIT;
	Google__Bigtable__V2__MutateRowsRequest__Entry *entries[] = { &x };
	Google__Bigtable__V2__MutateRowsRequest r =
	    GOOGLE__BIGTABLE__V2__MUTATE_ROWS_REQUEST__INIT;
	static char table[] = "projects/p/instances/i/tables/t", profile[] =
	    "prof";
	size_t i, n;

	for (i = 0; i < m->ncells; i++) {
		google__bigtable__v2__mutation__init(all[i] = &mu[i]);
		memcpy(family[i], m->cell[i].family.p, m->cell[i].family.n);
		family[i][m->cell[i].family.n] = '\0';
		if (m->cell[i].delete) {
			google__bigtable__v2__mutation__delete_from_column__init(
			    &del[i]);
			mu[i].mutation_case =
			    GOOGLE__BIGTABLE__V2__MUTATION__MUTATION_DELETE_FROM_COLUMN;
			mu[i].delete_from_column = &del[i];
			del[i].family_name = family[i];
			del[i].column_qualifier =
			    binary(m->cell[i].qualifier);
			continue;
		}
		google__bigtable__v2__mutation__set_cell__init(&set[i]);
		mu[i].mutation_case =
		    GOOGLE__BIGTABLE__V2__MUTATION__MUTATION_SET_CELL;
		mu[i].set_cell = &set[i];
		set[i].family_name = family[i];
		set[i].column_qualifier = binary(m->cell[i].qualifier);
		set[i].timestamp_micros = m->cell[i].ts;
		set[i].value = binary(m->cell[i].value);
	}
	n = m->ncells;
	if (m->delete) {
		google__bigtable__v2__mutation__init(all[0] = &mu[0]);
		mu[0].mutation_case =
		    GOOGLE__BIGTABLE__V2__MUTATION__MUTATION_DELETE_FROM_ROW;
		mu[0].delete_from_row = &row;
		n = 1;
	}
	x.row_key = binary(m->row);
	x.mutations = all;
	x.n_mutations = n;
	r.table_name = table;
	r.app_profile_id = profile;
	r.entries = entries;
	r.n_entries = 1;
	n = google__bigtable__v2__mutate_rows_request__get_packed_size(&r);
	*out = malloc(n + 1);
	return (google__bigtable__v2__mutate_rows_request__pack(&r, *out));
}

static struct wire columns;

static size_t
by_hand(const struct mutation *m, uint8_t **out)
{
	struct bytes table = bytes_of("projects/p/instances/i/tables/t"),
	    profile = bytes_of("prof");
	size_t inside = wire_mutations_size(&columns, m), n;
	uint8_t *p;

	n = wire_field_size(table.n) + wire_entry_size(m->row.n, inside) +
	    wire_field_size(profile.n);
	p = *out = malloc(n + WIRE_PAD);
	p = wire_field(p, 1, table);
	p = wire_entry(p, m->row, inside);
	p = wire_mutations(&columns, p, m);
	p = wire_field(p, 3, profile);
	CHECK_UINT(p - *out, n);
	return (n);
}

int
main(void)
{
	struct mutation m;
	uint8_t *a, *b;
	size_t i, na, nb, same = 0;

	for (i = 0; i < sizeof(pool); i++)
		pool[i] = (uint8_t)(1 + i % 255);
	mutation_init(&m);
	m.cell = calloc(CELLS, sizeof(*m.cell));
	m.cap = CELLS;
	for (i = 0; i < 3000; i++) {
		fill_mutation(&m);
		/* An entry always has a key. */
		if (m.row.n == 0)
			m.row.n = 1;
		na = by_protobuf(&m, &a);
		nb = by_hand(&m, &b);
		same += na == nb && memcmp(a, b, na) == 0;
		free(a);
		free(b);
	}
	CHECK_UINT(same, 3000);
	mutation_free(&m);
	return (check_done());
}
