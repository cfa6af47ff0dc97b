/* SPDX-License-Identifier: Apache-2.0 */
#include "mutation.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/base64.h"
#include "lib/base/bigtable_names.h"
#include "lib/base/err.h"
#include "lib/base/number.h"

/* The members that a cell must have. */
enum { SEEN_FAMILY = 1, SEEN_QUALIFIER = 2, SEEN_VALUE = 4 };

#define IS(s, t, literal) scan_equals((s), (t), (literal), sizeof(literal) - 1)

void
mutation_init(struct mutation *m)
{

	memset(m, 0, sizeof(*m));
	scan_init(&m->scan);
	buf_init(&m->text, SCAN_MAX_LEN);
}

void
mutation_free(struct mutation *m)
{

	scan_free(&m->scan);
	buf_free(&m->text);
	free(m->cell);
	free(m->order);
	mutation_init(m);
}

static int
fail_line(struct err *e, const char *code, const char *what)
{

	return (err_set_code(e, ERR_DATA, code, "%s", what));
}

/* Put "/segment" in front of the pointer of an error; return -1. */
static int
put_inside(struct mutation *m, const void *segment, size_t n)
{
	const uint8_t *p = segment;
	char old[MUTATION_MAX_POINTER];
	size_t at = 0, i;

	memcpy(old, m->pointer, sizeof(old));
	m->pointer[at++] = '/';
	for (i = 0; i < n && at < sizeof(m->pointer) - 3; i++) {
		if (p[i] == '~' || p[i] == '/') {
			m->pointer[at++] = '~';
			m->pointer[at++] = p[i] == '~' ? '0' : '1';
		} else {
			m->pointer[at++] = (char)p[i];
		}
	}
	for (i = 0; old[i] != '\0' && at < sizeof(m->pointer) - 1; i++)
		m->pointer[at++] = old[i];
	m->pointer[at] = '\0';
	return (-1);
}

#define INSIDE(m, literal) put_inside((m), (literal), sizeof(literal) - 1)

/*
 * The data appended to the text after ${from}.  The text is large enough for a
 * complete line from the start, so it never moves.
 */
static struct bytes
get_appended(const struct mutation *m, size_t from)
{
	struct bytes b = { m->text.data + from, m->text.len - from };

	return (b);
}

/* The UTF-8 bytes of string ${t}. */
static struct bytes
read_string(struct mutation *m, uint32_t t)
{
	struct bytes b = { scan_ptr(&m->scan, t), scan_len(&m->scan, t) };
	size_t from = m->text.len;

	if (!m->scan.tok[t].escaped)
		return (b);
	scan_string(&m->scan, t, &m->text);
	return (get_appended(m, from));
}

static int
read_int64(struct mutation *m, uint32_t t, struct bytes *out, struct err *e)
{
	const struct scan *s = &m->scan;
	struct bytes text = { scan_ptr(s, t), scan_len(s, t) };
	size_t from;
	int64_t v;
	uint64_t u;
	int shift;

	if (s->tok[t].kind == SCAN_STRING)
		text = read_string(m, t);
	else if (s->tok[t].kind != SCAN_NUMBER)
		return (fail_line(e, "bad_value", "not an integer"));
	if (number_i64(text.p, text.n, &v) == -1)
		return (fail_line(e, "bad_value", "not a 64-bit integer"));
	u = (uint64_t)v;
	from = m->text.len;
	for (shift = 56; shift >= 0; shift -= 8)
		buf_putc(&m->text, (int)((u >> shift) & 0xff));
	*out = get_appended(m, from);
	return (0);
}

static int
read_base64(struct mutation *m, uint32_t t, struct bytes *out, struct err *e)
{
	const struct scan *s = &m->scan;
	struct bytes in;
	size_t from;

	if (s->tok[t].kind != SCAN_STRING)
		return (fail_line(e, "bad_value", "base64 is not a string"));
	in = read_string(m, t);
	from = m->text.len;
	if (base64_decode(&m->text, (const char *)in.p, in.n) == -1)
		return (fail_line(e, "bad_value", "not base64"));
	*out = get_appended(m, from);
	return (0);
}

/* A string, or {"base64":"..."}: row keys and qualifiers. */
static int
read_name(struct mutation *m, uint32_t t, struct bytes *out, struct err *e)
{
	const struct scan *s = &m->scan;

	if (s->tok[t].kind == SCAN_STRING) {
		*out = read_string(m, t);
		return (0);
	}
	if (s->tok[t].kind == SCAN_OBJECT && s->tok[t].count == 1 &&
	    IS(s, t + 1, "base64"))
		return (read_base64(m, t + 2, out, e));
	return (fail_line(e, "bad_value",
	    "neither a string nor {\"base64\":...}"));
}

static int
read_object_value(struct mutation *m, uint32_t t, struct mutation_cell *c,
    struct err *e)
{
	const struct scan *s = &m->scan;

	if (s->tok[t].count == 1) {
		if (IS(s, t + 1, "base64"))
			return (read_base64(m, t + 2, &c->value, e));
		if (IS(s, t + 1, "int64"))
			return (read_int64(m, t + 2, &c->value, e));
		if (IS(s, t + 1, "delete") &&
		    s->tok[t + 2].kind == SCAN_STRING &&
		    IS(s, t + 2, "column")) {
			c->delete = true;
			return (0);
		}
	}
	return (fail_line(e, "bad_value",
	    "expected {\"base64\":..}, {\"int64\":..} or "
	    "{\"delete\":\"column\"}"));
}

static int
read_value(struct mutation *m, uint32_t t, struct mutation_cell *c,
    struct err *e)
{
	const struct scan *s = &m->scan;

	switch (s->tok[t].kind) {
	case SCAN_STRING:
		c->value = read_string(m, t);
		break;
	case SCAN_NUMBER:
		c->value.p = scan_ptr(s, t);
		c->value.n = scan_len(s, t);
		break;
	case SCAN_NULL:
		c->value.p = scan_ptr(s, t);
		c->value.n = 0;
		break;
	case SCAN_OBJECT:
		if (read_object_value(m, t, c, e) == -1)
			return (-1);
		break;
	default:
		return (fail_line(e, "bad_value",
		    "expected a string, a number, "
		    "null, or an object with base64, int64 or delete"));
	}
	if (c->value.n > BIGTABLE_MAX_CELL)
		return (fail_line(e, "value_too_long", "over 100 MiB"));
	return (0);
}

/* Is ${b} the text in ${k}, which was found valid in an earlier line? */
static inline bool
is_kept(const struct mutation_kept *k, struct bytes b)
{

	return (k->n == b.n && bytes_same(k->text, b.p, b.n));
}

static void
keep_text(struct mutation_kept *k, struct bytes b)
{

	k->n = 0;
	if (b.n > sizeof(k->text))
		return;
	memcpy(k->text, b.p, b.n);
	k->n = b.n;
}

static int
read_micros_value(struct mutation *m, uint32_t t, int64_t *ts, struct err *e)
{
	const struct scan *s = &m->scan;
	const struct bytes text = { scan_ptr(s, t), scan_len(s, t) };

	if (s->tok[t].kind == SCAN_NUMBER && is_kept(&m->kept_ts, text)) {
		*ts = m->kept_micros;
		return (0);
	}
	if (s->tok[t].kind != SCAN_NUMBER ||
	    number_i64(text.p, text.n, ts) == -1 || *ts < 0)
		return (fail_line(e, "bad_ts", "not a number of microseconds"));
	keep_text(&m->kept_ts, text);
	m->kept_micros = *ts;
	return (0);
}

static int
check_family(struct mutation *m, struct bytes f, struct err *e)
{

	if (is_kept(&m->kept_family, f))
		return (0);
	if (!bigtable_names_family(f))
		return (fail_line(e, "bad_family", "not the name of a family: "
		    "1 to 64 of a-z A-Z 0-9 - _ ."));
	keep_text(&m->kept_family, f);
	return (0);
}

static int
check_table(struct mutation *m, struct err *e)
{

	if (m->table.n == 0) {
		fail_line(e, "no_table",
		    "names no table, and neither does the target");
		return (INSIDE(m, "table"));
	}
	if (is_kept(&m->kept_table, m->table))
		return (0);
	if (!bigtable_names_table(m->table)) {
		fail_line(e, "bad_table", BIGTABLE_NAMES_TABLE);
		return (INSIDE(m, "table"));
	}
	keep_text(&m->kept_table, m->table);
	return (0);
}

static int
check_qualifier(const struct bytes *q, struct err *e)
{

	if (q->n > BIGTABLE_MAX_QUALIFIER)
		return (fail_line(e, "qualifier_too_long", "over 16 KiB"));
	return (0);
}

static struct mutation_cell *
add_cell(struct mutation *m, struct err *e)
{
	struct mutation_cell *c;
	size_t cap = m->cap == 0 ? 64 : m->cap * 2;

	if (m->ncells == BIGTABLE_MAX_CELLS) {
		fail_line(e, "too_many_cells", "over 100000 cells");
		return (NULL);
	}
	if (m->ncells == m->cap) {
		if ((c = realloc(m->cell, cap * sizeof(*c))) == NULL) {
			err_nomem(e);
			return (NULL);
		}
		m->cell = c;
		m->cap = cap;
	}
	c = &m->cell[m->ncells++];
	memset(c, 0, sizeof(*c));
	c->ts = MUTATION_NO_TS;
	return (c);
}

/* Parse {qualifier: value, ...} of one family. */
static int
read_columns(struct mutation *m, uint32_t t, const struct bytes *family,
    struct err *e)
{
	const struct scan *s = &m->scan;
	struct mutation_cell *c;
	uint32_t i;

	if (s->tok[t].kind != SCAN_OBJECT)
		return (fail_line(e, "bad_mutation",
		    "a family is not an object"));
	for (i = t + 1; i < s->tok[t].next; i = s->tok[i + 1].next) {
		if ((c = add_cell(m, e)) == NULL)
			return (-1);
		c->family = *family;
		c->qualifier = read_string(m, i);
		if (check_qualifier(&c->qualifier, e) == -1 ||
		    read_value(m, i + 1, c, e) == -1)
			return (put_inside(m, scan_ptr(s, i), scan_len(s, i)));
	}
	return (0);
}

/* Parse {family: {qualifier: value}}. */
static int
read_families_cells(struct mutation *m, uint32_t t, struct err *e)
{
	const struct scan *s = &m->scan;
	struct bytes family;
	uint32_t i;

	for (i = t + 1; i < s->tok[t].next; i = s->tok[i + 1].next) {
		family = read_string(m, i);
		if (check_family(m, family, e) == -1 ||
		    read_columns(m, i + 1, &family, e) == -1)
			return (put_inside(m, scan_ptr(s, i), scan_len(s, i)));
	}
	return (0);
}

/*
 * Parse one member of {"family","qualifier","value","ts"}; ${seen} records
 * which members were present.
 */
static int
read_cell_member(struct mutation *m, uint32_t key, struct mutation_cell *c,
    unsigned int *seen, struct err *e)
{
	const struct scan *s = &m->scan;
	uint32_t t = key + 1;

	if (IS(s, key, "family")) {
		*seen |= SEEN_FAMILY;
		if (s->tok[t].kind != SCAN_STRING)
			return (fail_line(e, "bad_family", "not a string"));
		c->family = read_string(m, t);
		return (check_family(m, c->family, e));
	}
	if (IS(s, key, "qualifier")) {
		*seen |= SEEN_QUALIFIER;
		if (read_name(m, t, &c->qualifier, e) == -1)
			return (-1);
		return (check_qualifier(&c->qualifier, e));
	}
	if (IS(s, key, "value")) {
		*seen |= SEEN_VALUE;
		return (read_value(m, t, c, e));
	}
	if (IS(s, key, "ts"))
		return (read_micros_value(m, t, &c->ts, e));
	return (fail_line(e, "bad_mutation", "unknown member"));
}

/* Parse [{"family","qualifier","value","ts"}, ...], the general form. */
static int
read_cell_list(struct mutation *m, uint32_t t, struct err *e)
{
	const struct scan *s = &m->scan;
	struct mutation_cell *c;
	unsigned int seen;
	char at[NUMBER_TEXT];
	uint32_t i, j;

	for (i = t + 1; i < s->tok[t].next; i = s->tok[i].next) {
		number_text(m->ncells, at);
		if ((c = add_cell(m, e)) == NULL)
			return (-1);
		if (s->tok[i].kind != SCAN_OBJECT) {
			fail_line(e, "bad_mutation", "a cell is not an object");
			return (put_inside(m, at, strlen(at)));
		}
		seen = 0;
		for (j = i + 1; j < s->tok[i].next; j = s->tok[j + 1].next)
			if (read_cell_member(m, j, c, &seen, e) == -1) {
				put_inside(m, scan_ptr(s, j), scan_len(s, j));
				return (put_inside(m, at, strlen(at)));
			}
		if (seen != (SEEN_FAMILY | SEEN_QUALIFIER | SEEN_VALUE)) {
			fail_line(e, "bad_mutation",
			    "a cell needs family, qualifier and value");
			return (put_inside(m, at, strlen(at)));
		}
	}
	return (0);
}

static int
read_cells(struct mutation *m, uint32_t t, struct err *e)
{

	if (m->scan.tok[t].kind == SCAN_OBJECT)
		return (read_families_cells(m, t, e));
	if (m->scan.tok[t].kind == SCAN_ARRAY)
		return (read_cell_list(m, t, e));
	return (fail_line(e, "bad_mutation", "neither an object nor an array"));
}

/* Parse a member of the line; cells are parsed after all other members. */
static int
read_line_member(struct mutation *m, uint32_t key, uint32_t *where, int64_t *ts,
    struct err *e)
{
	const struct scan *s = &m->scan;
	uint32_t t = key + 1;

	if (IS(s, key, "cells")) {
		*where = t;
		return (0);
	}
	if (IS(s, key, "row"))
		return (read_name(m, t, &m->row, e));
	if (IS(s, key, "table")) {
		if (s->tok[t].kind != SCAN_STRING)
			return (fail_line(e, "no_table", "not a string"));
		m->table = read_string(m, t);
		return (0);
	}
	if (IS(s, key, "ts"))
		return (read_micros_value(m, t, ts, e));
	if (IS(s, key, "delete")) {
		m->delete = s->tok[t].kind == SCAN_TRUE;
		if (m->delete)
			return (0);
		return (fail_line(e, "bad_mutation",
		    "expected true, or no \"delete\" at all"));
	}
	return (fail_line(e, "bad_mutation", "unknown member"));
}

static int
check_row(struct mutation *m, struct err *e)
{

	if (m->row.n == 0) {
		fail_line(e, "no_row", "missing or empty");
		return (INSIDE(m, "row"));
	}
	if (m->row.n > BIGTABLE_MAX_KEY) {
		fail_line(e, "row_too_long", "over 4 KiB");
		return (INSIDE(m, "row"));
	}
	return (check_table(m, e));
}

/* Every value has a timestamp: its own, the line's or the default. */
static int
set_times(struct mutation *m, int64_t ts, struct err *e)
{
	size_t i;

	for (i = 0; i < m->ncells; i++) {
		if (m->cell[i].ts == MUTATION_NO_TS)
			m->cell[i].ts = ts;
		if (m->cell[i].ts == MUTATION_NO_TS && !m->cell[i].delete) {
			fail_line(e, "no_ts", "no timestamp; --ts gives one");
			return (INSIDE(m, "ts"));
		}
	}
	return (0);
}

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

/* No two values of one column may have the same timestamp. */
static int
check_dups(struct mutation *m, struct err *e)
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

static int
finish_line(struct mutation *m, uint32_t where, int64_t ts, struct err *e)
{

	if (check_row(m, e) == -1)
		return (-1);
	if (m->delete) {
		if (where == SCAN_NOT_FOUND)
			return (0);
		fail_line(e, "bad_mutation", "a deleted row has no cells");
		return (INSIDE(m, "cells"));
	}
	if (where != SCAN_NOT_FOUND && read_cells(m, where, e) == -1)
		return (INSIDE(m, "cells"));
	if (m->ncells == 0) {
		fail_line(e, "no_cells", "missing or empty");
		return (INSIDE(m, "cells"));
	}
	if (set_times(m, ts, e) == -1)
		return (-1);
	if (m->scan.tok[where].kind == SCAN_ARRAY && check_dups(m, e) == -1)
		return (INSIDE(m, "cells"));
	return (0);
}

int
mutation_parse(struct mutation *m, const uint8_t *line, size_t len,
    const struct mutation_defaults *d, struct err *e)
{
	const struct scan *s = &m->scan;
	uint32_t where = SCAN_NOT_FOUND, i;
	int64_t ts = d->ts;

	m->table = d->table;
	m->row.n = 0;
	m->delete = false;
	m->ncells = 0;
	m->pointer[0] = '\0';
	m->raw.p = line;
	m->raw.n = len;
	buf_reset(&m->text);
	if (scan_text(&m->scan, line, len, e) == -1)
		return (-1);
	/*
	 * A resolved escape and decoded base64 are shorter than their source;
	 * both can occur in the same string.
	 */
	if (buf_reserve(&m->text, 2 * len) == -1)
		return (err_nomem(e));
	if (s->tok[0].kind != SCAN_OBJECT)
		return (fail_line(e, "bad_mutation", "not an object"));
	for (i = 1; i < s->tok[0].next; i = s->tok[i + 1].next)
		if (read_line_member(m, i, &where, &ts, e) == -1)
			return (put_inside(m, scan_ptr(s, i), scan_len(s, i)));
	return (finish_line(m, where, ts, e));
}
