/* SPDX-License-Identifier: Apache-2.0 */
#include "row_print.h"

#include <inttypes.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/json/jsonw.h"
#include "row.h"
#include "row_line.h"

#define MAX_COLUMN ((size_t)64 << 10)

static void
put_tsv(struct buf *b, struct bytes v)
{
	static const char letters[] = { ['\t'] = 't', ['\n'] = 'n',
		['\r'] = 'r' };
	bool text = utf8_valid(v.p, v.n);
	size_t i;
	uint8_t c;

	for (i = 0; i < v.n; i++) {
		c = v.p[i];
		if (c == '\\')
			buf_puts(b, "\\\\");
		else if (c < sizeof(letters) && letters[c] != '\0')
			buf_printf(b, "\\%c", letters[c]);
		else if (c < ' ' || c == 0x7f || (c > 0x7f && !text))
			buf_printf(b, "\\x%02x", c);
		else
			buf_putc(b, c);
	}
}

void
row_print_json(struct buf *b, const char *table, const struct row *r)
{
	struct row_cell c, before = { .ts = 0 };
	struct buf name;
	size_t i;

	buf_init(&name, MAX_COLUMN);
	buf_putc(b, '{');
	jsonw_str(b, "table", table);
	jsonw_member(b, "row");
	row_line_name(b, row_key(r));
	for (i = 0; i < r->n; i++) {
		c = row_cell(r, i);
		if (i > 0 && bytes_equal(c.family, before.family) &&
		    bytes_equal(c.qualifier, before.qualifier))
			continue;
		before = c;
		buf_reset(&name);
		buf_append(&name, c.family.p, c.family.n);
		buf_putc(&name, ':');
		if (utf8_valid(c.qualifier.p, c.qualifier.n))
			buf_append(&name, c.qualifier.p, c.qualifier.n);
		else
			put_tsv(&name, c.qualifier);
		buf_putc(b, ',');
		jsonw_string(b, name.data, name.len);
		buf_putc(b, ':');
		row_line_name(b, c.value);
	}
	buf_puts(b, "}\n");
	buf_free(&name);
}

void
row_print_tsv(struct buf *b, const struct row *r)
{
	struct row_cell c;
	size_t i;

	for (i = 0; i < r->n; i++) {
		c = row_cell(r, i);
		put_tsv(b, row_key(r));
		buf_putc(b, '\t');
		put_tsv(b, c.family);
		buf_putc(b, '\t');
		put_tsv(b, c.qualifier);
		buf_printf(b, "\t%" PRId64 "\t", c.ts);
		put_tsv(b, c.value);
		buf_putc(b, '\n');
	}
}

void
row_print_table(struct buf *b, const struct row *r)
{
	struct row_cell c;
	size_t i, n, width = 0;

	for (i = 0; i < r->n; i++) {
		c = row_cell(r, i);
		n = c.family.n + 1 + c.qualifier.n;
		if (n > width && n <= 40)
			width = n;
	}
	put_tsv(b, row_key(r));
	buf_putc(b, '\n');
	for (i = 0; i < r->n; i++) {
		c = row_cell(r, i);
		buf_puts(b, "  ");
		put_tsv(b, c.family);
		buf_putc(b, ':');
		put_tsv(b, c.qualifier);
		for (n = c.family.n + 1 + c.qualifier.n; n < width; n++)
			buf_putc(b, ' ');
		buf_printf(b, "  @%" PRId64 "  ", c.ts);
		put_tsv(b, c.value);
		buf_putc(b, '\n');
	}
}
