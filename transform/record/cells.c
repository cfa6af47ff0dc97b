/* SPDX-License-Identifier: Apache-2.0 */
#include "cells.h"

#include <assert.h>
#include <string.h>

#include "cell_size.h"
#include "condition.h"
#include "emit.h"
#include "lib/base/bigtable_names.h"
#include "texts.h"
#include "typed.h"

/* Append scalar ${t} as a string with its text as served. */
static inline void
put_scalar(struct machine *m, uint32_t t)
{

	emit_quoted(m->out, scan_ptr(&m->scan, t), scan_len(&m->scan, t));
}

/* An unchanged string: the common case, copied only to the output. */
static inline int
put_plain(struct machine *m, const struct value *v)
{
	uint32_t t = m->slot[v->ref->slot];

	if (t == SCAN_NOT_FOUND || m->scan.tok[t].kind == SCAN_NULL)
		return (0);
	if (m->scan.tok[t].kind >= SCAN_ARRAY)
		return (machine_fault(m, v->ref, "bad_type", "expected a "
		    "string, number or boolean, not an %s",
		    scan_kind_name((enum scan_kind)m->scan.tok[t].kind)));
	put_scalar(m, t);
	return (1);
}

int
cells_value(struct machine *m, const struct value *v)
{
	int rc;

	if (v->plain)
		rc = put_plain(m, v);
	else if (v->constant != NULL) {
		emit_put(m->out, v->constant->p, v->constant->n);
		return (1);
	} else
		rc = typed_value(m, v);
	if (rc != 0 || v->null == NULL_SKIP)
		return (rc);
	if (v->null == NULL_REJECT)
		return (machine_fault(m, v->name, "required",
		    "absent or null, and it is required"));
	buf_append(m->out, "null", 4);
	return (1);
}

/* Check that m->name, given by ${r}, is a valid qualifier. */
static int
check_name_size(struct machine *m, const struct ref *r)
{

	if (m->name.len == 0)
		return (machine_fault(m, r, "qualifier_missing",
		    "a qualifier that is empty"));
	if (m->name.len > BIGTABLE_MAX_QUALIFIER)
		return (machine_fault(m, r, "qualifier_too_long",
		    "a qualifier of %zu bytes; Bigtable allows %d",
		    m->name.len, BIGTABLE_MAX_QUALIFIER));
	return (0);
}

/* Append the text of ${t}; no part of it may be absent or empty. */
static int
put_name_text(struct machine *m, const struct template *t)
{
	size_t i, from;
	int rc;

	for (i = 0; i < t->n; i++) {
		emit_put(&m->name, t->part[i].literal.p, t->part[i].literal.n);
		if (t->part[i].ref == NULL)
			continue;
		from = m->name.len;
		if ((rc = texts_ref(m, t->part[i].ref, &m->name)) == -1)
			return (-1);
		if (rc == 0 || m->name.len == from)
			return (machine_fault(m, t->part[i].ref,
			    "qualifier_missing", "a part of a qualifier is "
			    "absent or empty"));
	}
	return (m->name.failed ? machine_nomem(m) : 0);
}

/*
 * Append a numbered qualifier and its colon; false if the number is too long
 * for it.
 */
static bool
put_numbered(struct machine *m, const struct template *t)
{
	const struct part *p = t->part;
	struct buf *out = m->out;
	size_t at = out->len;

	emit_char(out, '"');
	emit_put(out, p->literal.p, p->literal.n);
	if (!texts_padded(out, m->level[p->ref->scope->level].position,
	    p->ref->func)) {
		out->len = at;
		return (false);
	}
	if (t->n > 1)
		emit_put(out, p[1].literal.p, p[1].literal.n);
	emit_char(out, '"');
	emit_char(out, ':');
	return (true);
}

int
cells_qualifier(struct machine *m, const struct column *col)
{

	if (col->numbered && put_numbered(m, col->qualifier))
		return (0);
	buf_reset(&m->name);
	if (put_name_text(m, col->qualifier) == -1 ||
	    check_name_size(m, col->value.name) == -1)
		return (machine_place(m, col->value.place));
	texts_put(m->out, m->name.data, m->name.len);
	emit_char(m->out, ':');
	return (0);
}

/* Check that the qualifier just written at ${at} is new in this row. */
static int
check_new_cell(struct machine *m, const struct family *f, const struct ref *r,
    size_t at, size_t end)
{
	switch (dups_add(&m->cells, (uintptr_t)f, m->out, at, end - at)) {
	case DUPS_NEW:
		return (0);
	case DUPS_NOMEM:
		return (machine_nomem(m));
	default:
		return (machine_fault(m, r, "dup_cell",
		    "two values for one cell of a row"));
	}
}

/* The output is past the alarm: check the limits for the value at ${at}. */
static int
check_sizes(struct machine *m, const struct ref *r, size_t at)
{
	size_t n = m->out->len - at;

	if (n > BIGTABLE_MAX_CELL &&
	    cell_size_value(m->out->data + at, n) > BIGTABLE_MAX_CELL)
		return (machine_fault(m, r, "cell_too_large",
		    "over 100 MiB"));
	if (m->out->len - m->record_at > m->limit)
		return (machine_fault_at(m, m->prog->record, "row_too_large",
		    "its rows take over %zu MiB of the stream",
		    m->limit >> 20));
	return (0);
}

static int
fault_too_many(struct machine *m)
{

	return (machine_fault_at(m, m->prog->record, "too_many_cells",
	    "over %d cells in a row", BIGTABLE_MAX_CELLS));
}

static int
put_column(struct machine *m, const struct family *f, const struct column *col,
    bool distinct)
{
	struct buf *out = m->out;
	size_t at = out->len, value;
	int rc;

	if (col->qualifier != NULL) {
		if (cells_qualifier(m, col) == -1)
			return (-1);
	} else
		emit_put(out, col->name.p, col->name.n);
	value = out->len;
	if ((rc = cells_value(m, &col->value)) == -1)
		return (machine_place(m, col->value.place));
	if (rc == 0) {
		out->len = at;
		return (0);
	}
	if (out->len > m->alarm && check_sizes(m, col->value.name, value) == -1)
		return (machine_place(m, col->value.place));
	if (!distinct && check_new_cell(m, f, col->value.name, at, value) == -1)
		return (machine_place(m, col->value.place));
	m->ncell++;
	emit_char(out, ',');
	return (out->failed ? machine_nomem(m) : 0);
}

/* The cell of member ${t}, whose qualifier is in m->name. */
static int
put_member_cell(struct machine *m, const struct family *f,
    const struct wildcard *w, uint32_t t)
{
	struct buf *out = m->out;
	size_t at = out->len, value;
	bool absent = m->scan.tok[t].kind == SCAN_NULL ||
	    (w->ref->absent != NULL && machine_absent(m, w->ref, t));

	if (absent && w->value.null == NULL_SKIP)
		return (0);
	if (absent && w->value.null == NULL_REJECT)
		return (machine_fault_token(m, t, "required",
		    "a member that is absent or null"));
	texts_put(out, m->name.data, m->name.len);
	emit_char(out, ':');
	value = out->len;
	if (absent)
		buf_append(out, "null", 4);
	else
		put_scalar(m, t);
	if (out->failed)
		return (machine_nomem(m));
	if (out->len > m->alarm && check_sizes(m, w->ref, value) == -1)
		return (-1);
	if (check_new_cell(m, f, w->ref, at, value) == -1) {
		if (m->no_memory)
			return (-1);
		return (machine_fault_token(m, t, "dup_cell",
		    "two values for one cell of a row"));
	}
	if (++m->ncell > BIGTABLE_MAX_CELLS)
		return (fault_too_many(m));
	emit_char(out, ',');
	return (out->failed ? machine_nomem(m) : 0);
}

/* Does ${name}, with "*" for any one step, match the ${n} bytes at ${p}? */
static bool
fits_star(struct text name, const uint8_t *p, size_t n, struct text separator)
{
	const char *q = name.p, *end = name.p + name.n;
	size_t step;

	/* Most have another ending. */
	if (end[-1] != '*' && (n == 0 || (uint8_t)end[-1] != p[n - 1]))
		return (false);
	for (; q < end; q++) {
		if (*q != '*') {
			if (n == 0 || (uint8_t)*q != *p)
				return (false);
			p++;
			n--;
			continue;
		}
		for (step = 0; step < n && (separator.n == 0 ||
		    n - step < separator.n || memcmp(p + step, separator.p,
		    separator.n) != 0); step++)
			continue;
		if (step == 0)
			return (false);
		p += step;
		n -= step;
	}
	return (n == 0);
}

bool
cells_is_named(const struct wildcard *w, const struct names *names,
    const void *name, size_t n)
{
	size_t i;

	if (program_has_text(names->plain, names->nplain, name, n))
		return (true);
	for (i = 0; i < names->nstar; i++)
		if (fits_star(names->star[i], name, n, w->separator))
			return (true);
	return (false);
}

/* The common part of the names in a walk. */
struct walk {
	const struct family *f;
	const struct wildcard *w;
	size_t prefix;
};

/* The same for m->name, after the prefix; the filters reject most. */
static inline bool
is_in_names(const struct machine *m, const struct walk *a,
    const struct names *names)
{
	const uint8_t *p = m->name.data + a->prefix;
	size_t n = m->name.len - a->prefix;

	return (((names->filter & program_name_bit(p, n, n)) != 0 ||
	    (names->star_filter & program_name_bit(p, n, 0)) != 0) &&
	    cells_is_named(a->w, names, p, n));
}

static int put_members(struct machine *m, const struct walk *a, uint32_t t);

/* A member or item; its complete name is in m->name. */
static int
put_member(struct machine *m, const struct walk *a, uint32_t t)
{
	const struct wildcard *w = a->w;

	if (m->name.failed)
		return (machine_nomem(m));
	if (is_in_names(m, a, &w->except))
		return (0);
	if (m->scan.tok[t].kind != SCAN_ARRAY &&
	    m->scan.tok[t].kind != SCAN_NULL &&
	    is_in_names(m, a, &w->lists)) {
		buf_append(&m->name, w->separator.p, w->separator.n);
		buf_putc(&m->name, '1'); /* a list of one */
	}
	if (m->scan.tok[t].kind >= SCAN_ARRAY) {
		buf_append(&m->name, w->separator.p, w->separator.n);
		return (put_members(m, a, t));
	}
	if (m->name.len == 0)
		return (machine_fault_token(m, t, "qualifier_missing",
		    "a member with an empty name"));
	if (m->name.len > BIGTABLE_MAX_QUALIFIER)
		return (machine_fault_token(m, t, "qualifier_too_long",
		    "a qualifier of %zu bytes; Bigtable allows %d",
		    m->name.len, BIGTABLE_MAX_QUALIFIER));
	return (put_member_cell(m, a->f, w, t));
}

/* The depth is bounded by the scanner's. */
static int
put_members(struct machine *m, const struct walk *a, uint32_t t)
{
	const struct scan *s = &m->scan;
	size_t at = m->name.len;
	uint32_t i, n = 0;
	bool object = s->tok[t].kind == SCAN_OBJECT;

	for (i = t + 1; i < s->tok[t].next; i = s->tok[i].next) {
		m->name.len = at;
		if (object)
			(void)scan_string(s, i++, &m->name);
		else
			buf_u64(&m->name, ++n);
		if (put_member(m, a, i) == -1)
			return (-1);
	}
	m->name.len = at;
	return (0);
}

int
cells_wildcard(struct machine *m, const struct family *f,
    const struct wildcard *w)
{
	struct walk a = { .f = f, .w = w };
	const struct ref *r = w->ref;
	uint32_t t = machine_find(m, &r);

	if (t == SCAN_NOT_FOUND)
		return (0);
	if (m->scan.tok[t].kind < SCAN_ARRAY) {
		machine_fault(m, r, "bad_type", "expected an object, not a %s",
		    scan_kind_name((enum scan_kind)m->scan.tok[t].kind));
		return (machine_place(m, w->value.place));
	}
	buf_reset(&m->name);
	if (w->prefix != NULL && put_name_text(m, w->prefix) == -1)
		return (machine_place(m, w->value.place));
	a.prefix = m->name.len;
	return (put_members(m, &a, t) == -1 ?
	    machine_place(m, w->value.place) : 0);
}

static int
put_block_once(struct machine *m, const struct family *f, const struct block *b,
    bool distinct)
{
	size_t i;
	int rc;

	if (b->when != NULL && (rc = condition_holds(m, b->when)) != 1)
		return (rc == 0 ? 0 : machine_place(m, b->place));
	for (i = 0; i < b->ncolumn; i++)
		if (put_column(m, f, &b->column[i], distinct) == -1)
			return (-1);
	if (b->wildcard != NULL && cells_wildcard(m, f, b->wildcard) == -1)
		return (-1);
	return (m->ncell > BIGTABLE_MAX_CELLS ? fault_too_many(m) : 0);
}

static int
put_block(struct machine *m, const struct family *f, const struct block *b,
    bool distinct)
{
	struct items it;

	if (b->each == NULL)
		return (put_block_once(m, f, b, distinct));
	if (machine_each(m, b->each, &it) == -1)
		return (-1);
	while (machine_next(m, b->each, &it))
		if (put_block_once(m, f, b, distinct) == -1)
			return (-1);
	return (0);
}

/*
 * Append steady family ${f} as in the row before; false if it must be built
 * cell by cell: for the first row, and if limits are near.
 */
static bool
copy_family(struct machine *m, const struct family *f)
{
	const struct steady *s = &m->steady[f->steady - 1];
	struct buf *out = m->out;

	if (s->load != m->load || out->len + s->len > m->alarm ||
	    m->ncell + s->ncell > BIGTABLE_MAX_CELLS ||
	    !emit_room(out, s->len))
		return (false);
	/* Empty families may belong to a row that was left out. */
	assert(s->len == 0 || s->at + s->len <= out->len);
	emit_copy(out->data + out->len, out->data + s->at, s->len);
	out->len += s->len;
	/* The last family of that row had no comma after it. */
	if (s->len > 0)
		out->data[out->len - 1] = ',';
	m->ncell += s->ncell;
	return (true);
}

int
cells_families(struct machine *m, const struct rule *r)
{
	struct buf *out = m->out;
	const struct family *f;
	size_t at, i, n;
	uint32_t before;

	m->ncell = 0;
	if (!r->distinct)
		dups_begin(&m->cells);
	for (f = r->family; f < r->family + r->nfamily; f++) {
		if (f->steady != 0 && copy_family(m, f))
			continue;
		at = out->len;
		before = m->ncell;
		emit_put(out, f->open.p, f->open.n);
		for (i = 0; i < f->nblock; i++)
			if (put_block(m, f, &f->block[i], r->distinct) == -1)
				return (-1);
		if (m->ncell == before)
			out->len = at;
		else {
			assert(out->failed || out->data[out->len - 1] == ',');
			out->data[out->len - 1] = '}'; /* for the last comma */
			emit_char(out, ',');
		}
		if (f->steady != 0)
			m->steady[f->steady - 1] = (struct steady){
			    .load = m->load, .at = at, .len = out->len - at,
			    .ncell = m->ncell - before };
	}
	if (out->failed)
		return (machine_nomem(m));
	if (m->ncell == 0)
		return (0);
	out->len--;
	n = out->len - m->row_at;
	if (n > BIGTABLE_MAX_ROW &&
	    cell_size_strings(out->data + m->row_at, n) > BIGTABLE_MAX_ROW)
		return (machine_fault_at(m, m->prog->record, "row_too_large",
		    "over 256 MiB"));
	return (1);
}
