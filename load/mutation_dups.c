/* SPDX-License-Identifier: Apache-2.0 */
#include "mutation_dups.h"

#include <stdlib.h>

#include "lib/base/bytes.h"
#include "lib/base/err.h"
#include "mutation.h"

static int
compare_cells(const void *x, const void *y, void *arg)
{
	const struct mutation *m = arg;
	const struct mutation_cell *a = &m->cell[*(const uint32_t *)x];
	const struct mutation_cell *b = &m->cell[*(const uint32_t *)y];
	int c;

	if ((c = bytes_compare(a->family, b->family)) == 0 &&
	    (c = bytes_compare(a->qualifier, b->qualifier)) == 0 &&
	    !a->delete && !b->delete)
		c = a->ts < b->ts ? -1 : a->ts > b->ts;
	return (c);
}

int
mutation_dups_check(struct mutation *m, struct err *e)
{
	uint32_t i, *order;

	if (m->order_cap < m->ncells) {
		order = realloc(m->order, m->cap * sizeof(*order));
		if (order == NULL)
			return (err_nomem(e));
		m->order = order;
		m->order_cap = m->cap;
	}
	for (i = 0; i < m->ncells; i++)
		m->order[i] = i;
	qsort_r(m->order, m->ncells, sizeof(*m->order), compare_cells, m);
	for (i = 1; i < m->ncells; i++)
		if (compare_cells(&m->order[i - 1], &m->order[i], m) == 0)
			goto twice;
	return (0);

twice:
	return (err_set_code(e, ERR_DATA, "dup_cell", "two values for one "
	    "column and timestamp"));
}
