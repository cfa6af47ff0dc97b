/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutation lines: what is accepted is packed as protobuf-c understands it,
 * within Bigtable's limits.
 */
#include "load/mutation.h"

#include "fuzz.h"
#include "lib/base/bigtable_names.h"
#include "lib/base/err.h"
#include "load/bigtable/bigtable.pb-c.h"
#include "load/bigtable/wire.h"

#define MESSAGE(name) Google__Bigtable__V2__##name

static void
check_cell(const struct mutation_cell *c, const MESSAGE(Mutation) *x)
{
	const MESSAGE(Mutation__SetCell) *set = x->set_cell;

	FUZZ_CHECK(c->family.n >= 1 && c->family.n <= BIGTABLE_NAMES_MAX_FAMILY);
	FUZZ_CHECK(c->qualifier.n <= BIGTABLE_MAX_QUALIFIER);
	if (c->delete) {
		FUZZ_CHECK(x->mutation_case ==
		    GOOGLE__BIGTABLE__V2__MUTATION__MUTATION_DELETE_FROM_COLUMN);
		return;
	}
	FUZZ_CHECK(x->mutation_case ==
	    GOOGLE__BIGTABLE__V2__MUTATION__MUTATION_SET_CELL);
	FUZZ_CHECK(strlen(set->family_name) == c->family.n);
	FUZZ_CHECK(set->column_qualifier.len == c->qualifier.n);
	FUZZ_CHECK(set->value.len == c->value.n && (c->value.n == 0 ||
	    memcmp(set->value.data, c->value.p, c->value.n) == 0));
	FUZZ_CHECK(set->timestamp_micros == c->ts && c->ts >= 0);
}

static void
check_wire(const struct mutation *m)
{
	static struct wire columns; /* of the lines before, too */
	size_t n = wire_mutations_size(&columns, m), size, i;
	MESSAGE(MutateRowsRequest) *r;
	MESSAGE(MutateRowsRequest__Entry) *entry;
	uint8_t *packed, *p;

	size = wire_entry_size(m->row.n, n);
	packed = malloc(size + WIRE_PAD);
	FUZZ_CHECK(packed != NULL);
	p = wire_entry(packed, m->row, n);
	FUZZ_CHECK(p + n == packed + size);
	FUZZ_CHECK(wire_mutations(&columns, p, m) == packed + size);
	r = google__bigtable__v2__mutate_rows_request__unpack(NULL, size,
	    packed);
	FUZZ_CHECK(r != NULL && r->n_entries == 1);
	entry = r->entries[0];
	FUZZ_CHECK(entry->row_key.len == m->row.n);
	FUZZ_CHECK(entry->n_mutations == (m->delete ? 1 : m->ncells));
	for (i = 0; !m->delete && i < m->ncells; i++)
		check_cell(&m->cell[i], entry->mutations[i]);
	google__bigtable__v2__mutate_rows_request__free_unpacked(r, NULL);
	free(packed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct mutation m;
	static int ready;
	struct mutation_defaults d = { { NULL, 0 }, MUTATION_NO_TS };
	struct err e = { 0 };
	uint8_t *line = fuzz_padded(p, n);

	if (!ready)
		mutation_init(&m);
	ready = 1;
	if (n > 0 && p[n - 1] == ' ')
		d.ts = 1000;
	if (mutation_parse(&m, line, n, &d, &e) == 0) {
		FUZZ_CHECK(m.row.n >= 1 && m.row.n <= BIGTABLE_MAX_KEY);
		FUZZ_CHECK(m.table.n >= 1);
		FUZZ_CHECK(m.delete ? m.ncells == 0 : m.ncells > 0);
		check_wire(&m);
	} else {
		FUZZ_CHECK(e.class == ERR_DATA && e.code[0] != '\0');
	}
	free(line);
	return (0);
}
