/* SPDX-License-Identifier: Apache-2.0 */
#include "clash.h"

#include <string.h>

#include "lib/err.h"

/*
 * Append "table, row, ts, family, qualifier" of each cell of the scanned row
 * to m->work and add it to the set.
 */
static int
add_row(struct machine *m, const struct scan *s)
{
	uint32_t cells = scan_member(s, 0, "cells", 5), f, q;
	size_t head, at;
	struct buf *w = &m->work;

	/* {"table":..,"row":..,"ts":.., up to "cells". */
	head = s->tok[cells].start;
	for (f = cells + 1; f < s->tok[cells].next; f = s->tok[f + 1].next) {
		for (q = f + 2; q < s->tok[f + 1].next;
		    q = s->tok[q + 1].next) {
			at = w->len;
			(void)buf_append(w, s->text, head);
			(void)buf_append(w, scan_ptr(s, f), scan_len(s, f));
			(void)buf_putc(w, 0);
			(void)buf_append(w, scan_ptr(s, q), scan_len(s, q));
			if (w->failed)
				return (machine_nomem(m));
			switch (dups_add(&m->cells, 0, w, at, w->len - at)) {
			case DUPS_NEW:
				break;
			case DUPS_NOMEM:
				return (machine_nomem(m));
			default:
				return (machine_fault(m, NULL, "dup_cell",
				    "two values for one cell, by rows of one "
				    "record that share a key"));
			}
		}
	}
	return (0);
}

int
clash_check(struct machine *m)
{
	const uint8_t *p = m->out->data + m->record_at, *nl;
	const uint8_t *end = m->out->data + m->out->len;
	struct err why = { 0 };

	buf_reset(&m->work);
	dups_begin(&m->cells);
	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (scan_text(&m->again, p, (size_t)(nl - p), &why) == -1)
			return (machine_nomem(m));
		if (add_row(m, &m->again) == -1)
			return (-1);
	}
	return (0);
}
