/* SPDX-License-Identifier: Apache-2.0 */
#include "shared_rows.h"

#include <string.h>

#include "lib/base/err.h"

/* The number in m->rows of the text ${at} to ${end} of the output. */
static int
number_slice(struct machine *m, uint64_t tag, size_t at, size_t end,
    uint64_t *n)
{
	uint32_t i = dups_add(&m->rows, tag, m->out, at, end - at);

	if (i == DUPS_NOMEM)
		return (machine_nomem(m));
	*n = i == DUPS_NEW ? m->rows.n - 1 : i;
	return (0);
}

/*
 * Add each cell of the scanned row, which begins at ${at} of the output, to
 * the set: its qualifier under the numbers of the text before "cells",
 * {"table":..,"row":..,"ts":.., and of its family.
 */
static int
add_row_cells(struct machine *m, const struct scan *s, size_t at)
{
	uint32_t cells = scan_member(s, 0, "cells", 5), f, q;
	uint64_t head = 0, family = 0;

	if (number_slice(m, 0, at, at + s->tok[cells].start, &head) == -1)
		return (-1);
	for (f = cells + 1; f < s->tok[cells].next; f = s->tok[f + 1].next) {
		if (number_slice(m, 1, at + s->tok[f].start, at + s->tok[f].end,
		    &family) == -1)
			return (-1);
		for (q = f + 2; q < s->tok[f + 1].next;
		    q = s->tok[q + 1].next) {
			switch (dups_add(&m->cells, head << 32 | family,
			    m->out, at + s->tok[q].start, scan_len(s, q))) {
			case DUPS_NEW:
				break;
			case DUPS_NOMEM:
				return (machine_nomem(m));
			default:
				machine_fault_at(m, m->prog->record,
				    "dup_cell", "two values for one cell, by "
				    "rows of one record that share a key");
				return (machine_place(m, "/rules"));
			}
		}
	}
	return (0);
}

int
shared_rows_check(struct machine *m)
{
	const uint8_t *p = m->out->data + m->record_at, *nl;
	const uint8_t *end = m->out->data + m->out->len;
	struct err why = { 0 };

	dups_begin(&m->rows);
	dups_begin(&m->cells);
	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (scan_text(&m->again, p, (size_t)(nl - p), &why) == -1)
			return (machine_nomem(m));
		if (add_row_cells(m, &m->again, (size_t)(p - m->out->data)) ==
		    -1)
			return (-1);
	}
	return (0);
}
