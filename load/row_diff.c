/* SPDX-License-Identifier: Apache-2.0 */
#include "row_diff.h"

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/bytes.h"
#include "lib/json/jsonw.h"
#include "row.h"
#include "row_line.h"

static void
begin_line(const char *table, struct bytes key, struct buf *out)
{

	buf_putc(out, '{');
	jsonw_str(out, "table", table);
	jsonw_member(out, "row");
	row_line_name(out, key);
}

void
row_diff_row(const char *table, struct bytes key, const char *diff,
    struct buf *out)
{

	begin_line(table, key, out);
	jsonw_str(out, "diff", diff);
	buf_puts(out, "}\n");
}

static void
write_side(const char *name, const struct row_cell *c, struct buf *out)
{

	if (c == NULL)
		return;
	jsonw_member(out, name);
	buf_putc(out, '{');
	jsonw_member(out, "value");
	row_line_name(out, c->value);
	jsonw_i64(out, "ts", c->ts);
	buf_putc(out, '}');
}

static void
write_cell_diff(const char *table, struct bytes key,
    const struct row_cell *want,
    const struct row_cell *have, struct buf *out)
{
	const struct row_cell *c = have == NULL ? want : have;

	begin_line(table, key, out);
	jsonw_member(out, "family");
	jsonw_string(out, c->family.p, c->family.n);
	jsonw_member(out, "qualifier");
	row_line_name(out, c->qualifier);
	jsonw_str(out, "diff", have == NULL ? "missing" : want == NULL ?
	    "extra" : "different");
	write_side("want", want, out);
	write_side("have", have, out);
	buf_puts(out, "}\n");
}

static int
compare_columns(const struct row_cell *a, const struct row_cell *b, bool each)
{
	int c;

	if ((c = bytes_compare(a->family, b->family)) == 0 &&
	    (c = bytes_compare(a->qualifier, b->qualifier)) == 0 && each)
		c = a->ts > b->ts ? -1 : a->ts < b->ts;
	return (c);
}

/* The time of the newest cell of a row. */
static int64_t
find_newest(const struct row *r)
{
	int64_t ts = INT64_MIN;
	struct row_cell c;
	size_t i;

	for (i = 0; i < r->n; i++) {
		c = row_cell(r, i);
		if (c.ts > ts)
			ts = c.ts;
	}
	return (ts);
}

size_t
row_diff_cells(const struct row *want, const struct row *have,
    const char *table, enum row_diff_how how, uint64_t *newer,
    struct buf *out)
{
	int64_t newest = how == ROW_DIFF_NEWER ? find_newest(want) : 0;
	struct bytes key = row_key(want);
	struct row_cell w, h;
	size_t i = 0, j = 0, n = 0;
	int c;

	while (i < want->n || j < have->n) {
		if (i < want->n)
			w = row_cell(want, i);
		if (j < have->n)
			h = row_cell(have, j);
		c = i == want->n ? 1 : j == have->n ? -1 :
		    compare_columns(&w, &h, how == ROW_DIFF_EACH);
		if (how == ROW_DIFF_NEWER && c >= 0 &&
		    h.ts > (c == 0 ? w.ts : newest)) {
			++*newer;
		} else if (c != 0 || w.ts != h.ts ||
		    !bytes_equal(w.value, h.value)) {
			n++;
			write_cell_diff(table, key, c <= 0 ? &w : NULL,
			    c >= 0 ? &h : NULL, out);
		}
		i += c <= 0;
		j += c >= 0;
	}
	return (n);
}
