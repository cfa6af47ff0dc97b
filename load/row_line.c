/* SPDX-License-Identifier: Apache-2.0 */
#include "row_line.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/json/jsonw.h"
#include "mutation.h"
#include "row.h"

/*
 * Text up to this many bytes stays readable even if base64 would be shorter,
 * unless one of its bytes needs a \uXXXX.
 */
#define READABLE 4096

/* The size of ${v} as JSON, and whether it is {"base64":"..."}. */
static size_t
measure_shown(struct bytes v, bool *base64)
{
	size_t text = v.n + 2, raw = (v.n + 2) / 3 * 4 + 13, controls = 0, i;

	*base64 = true;
	if (!utf8_valid(v.p, v.n))
		return (raw);
	for (i = 0; i < v.n; i++) {
		text += v.p[i] == '"' || v.p[i] == '\\' ||
		    (v.p[i] >= '\b' && v.p[i] <= '\r' && v.p[i] != '\v');
		controls += v.p[i] == 0x7f || v.p[i] == '\v' ||
		    v.p[i] < '\b' || (v.p[i] > '\r' && v.p[i] < 0x20);
	}
	text += 5 * controls;
	*base64 = text > raw && (controls > 0 || v.n > READABLE);
	return (*base64 ? raw : text);
}

void
row_line_name(struct buf *b, struct bytes v)
{
	bool base64;

	(void)measure_shown(v, &base64);
	if (!base64) {
		jsonw_string(b, v.p, v.n);
		return;
	}
	buf_puts(b, "{\"base64\":\"");
	base64_encode(b, v.p, v.n);
	buf_puts(b, "\"}");
}

/* The additional bytes of {"family":"","qualifier":"","value":"","ts":...}, */
#define CELL_FRAME 80

/*
 * The cells from ${from} on that fit in ${max} bytes, with a table name of
 * ${table} bytes, and do not exceed the number allowed in a line.
 */
static size_t
count_fitting(const struct row *r, size_t table, size_t from, size_t max)
{
	size_t n, to, end = r->n;
	struct row_cell c;
	bool base64;

	if (end - from > BIGTABLE_MAX_CELLS)
		end = from + BIGTABLE_MAX_CELLS;
	/* Nearly all rows are far below the limit. */
	if (from == 0 && r->data.len < max / 6 &&
	    r->n < max / (6 * CELL_FRAME) / 2)
		return (end);
	n = measure_shown(row_key(r), &base64) + table + CELL_FRAME;
	for (to = from; to < end; to++) {
		c = row_cell(r, to);
		n += c.family.n + measure_shown(c.qualifier, &base64) +
		    measure_shown(c.value, &base64) + CELL_FRAME;
		if (n > max && to > from)
			break;
	}
	return (to);
}

/* Can {family: {qualifier: value}} with one ts express these cells? */
static bool
is_simple(const struct row *r, size_t from, size_t to)
{
	struct row_cell c, before = { .ts = 0 };
	bool base64;
	size_t i;

	for (i = from; i < to; i++) {
		c = row_cell(r, i);
		(void)measure_shown(c.qualifier, &base64);
		if (base64)
			return (false);
		if (i > from && (c.ts != before.ts ||
		    (bytes_equal(c.family, before.family) &&
		    bytes_equal(c.qualifier, before.qualifier))))
			return (false);
		before = c;
	}
	return (true);
}

static void
write_grouped(struct buf *b, const struct row *r, size_t from, size_t to)
{
	struct row_cell c, before = { .ts = 0 };
	size_t i;

	jsonw_i64(b, "ts", row_cell(r, from).ts);
	jsonw_member(b, "cells");
	buf_putc(b, '{');
	for (i = from; i < to; i++) {
		c = row_cell(r, i);
		if (i == from || !bytes_equal(c.family, before.family)) {
			if (i > from)
				buf_puts(b, "},");
			jsonw_string(b, c.family.p, c.family.n);
			buf_puts(b, ":{");
		} else {
			buf_putc(b, ',');
		}
		row_line_name(b, c.qualifier);
		buf_putc(b, ':');
		row_line_name(b, c.value);
		before = c;
	}
	buf_puts(b, "}}");
}

static void
write_listed(struct buf *b, const struct row *r, size_t from, size_t to)
{
	struct row_cell c;
	size_t i;

	jsonw_member(b, "cells");
	buf_putc(b, '[');
	for (i = from; i < to; i++) {
		c = row_cell(r, i);
		buf_puts(b, i == from ? "{" : ",{");
		jsonw_member(b, "family");
		jsonw_string(b, c.family.p, c.family.n);
		jsonw_member(b, "qualifier");
		row_line_name(b, c.qualifier);
		jsonw_member(b, "value");
		row_line_name(b, c.value);
		jsonw_i64(b, "ts", c.ts);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

size_t
row_line_write(struct buf *b, const char *table, const struct row *r,
    size_t from, size_t max)
{
	size_t to = count_fitting(r, strlen(table), from, max);

	buf_putc(b, '{');
	jsonw_str(b, "table", table);
	jsonw_member(b, "row");
	row_line_name(b, row_key(r));
	if (is_simple(r, from, to))
		write_grouped(b, r, from, to);
	else
		write_listed(b, r, from, to);
	buf_puts(b, "}\n");
	return (to);
}
