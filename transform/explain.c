/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/json/jsonw.h"
#include "transform/record/cells.h"
#include "transform/record/check.h"
#include "transform/record/condition.h"
#include "transform/record/coverage.h"
#include "transform/record/record.h"
#include "transform/record/texts.h"

#define MAX_TEXT ((size_t)256 << 20)

struct explain {
	struct machine *m;
	struct buf text;  /* the printed text */
	struct buf value; /* the machine's output */
};

static void
put_indent(struct explain *x, int depth)
{

	while (depth-- > 0)
		buf_puts(&x->text, "  ");
}

static const char *
name_source(const struct value *v)
{

	return (v->ref != NULL ? v->ref->text :
	    v->template != NULL ? "a template" : "a constant");
}

/* "nf:number = "501"  from /NFeNumber" */
static int
explain_column(struct explain *x, const struct column *c, int depth)
{
	struct buf *v = &x->value;
	size_t name;
	int rc;

	buf_reset(v);
	if (c->qualifier == NULL)
		buf_append(v, c->name.p, c->name.n);
	else if (cells_qualifier(x->m, c) == -1)
		return (-1);
	name = v->len - 1; /* without the colon */
	if ((rc = cells_value(x->m, &c->value)) == -1)
		return (-1);
	put_indent(x, depth);
	buf_append(&x->text, v->data, name);
	if (rc == 0)
		buf_printf(&x->text, ": no cell: %s is absent or null\n",
		    name_source(&c->value));
	else {
		buf_puts(&x->text, " = ");
		buf_append(&x->text, v->data + name + 1,
		    v->len - name - 1);
		buf_printf(&x->text, "  from %s\n", name_source(&c->value));
	}
	return (0);
}

static int
explain_block_once(struct explain *x, const struct family *f,
    const struct block *b, int depth)
{
	size_t i;
	int rc = 1;

	if (b->when != NULL && (rc = condition_holds(x->m, b->when)) == -1)
		return (-1);
	if (rc == 0) {
		put_indent(x, depth);
		buf_puts(&x->text, "its condition does not hold\n");
		return (0);
	}
	for (i = 0; i < b->ncolumn; i++)
		if (explain_column(x, &b->column[i], depth) == -1)
			return (-1);
	if (b->wildcard == NULL)
		return (0);
	buf_reset(&x->value);
	if (cells_wildcard(x->m, f, b->wildcard) == -1)
		return (-1);
	put_indent(x, depth);
	buf_printf(&x->text, "all of %s: ", b->wildcard->ref->text);
	buf_append(&x->text, x->value.data,
	    x->value.len > 0 ? x->value.len - 1 : 0);
	buf_putc(&x->text, '\n');
	return (0);
}

static int
explain_block(struct explain *x, const struct family *f, const struct block *b,
    int depth)
{
	struct items it;

	if (b->each == NULL)
		return (explain_block_once(x, f, b, depth));
	if (machine_each(x->m, b->each, &it) == -1)
		return (-1);
	while (machine_next(x->m, b->each, &it)) {
		put_indent(x, depth);
		buf_printf(&x->text, "item %u of %s\n",
		    x->m->level[b->each->level].position, b->each->each->text);
		if (explain_block_once(x, f, b, depth + 1) == -1)
			return (-1);
	}
	return (0);
}

static void
explain_key(struct explain *x, const struct template *t, int depth)
{
	size_t i;

	put_indent(x, depth);
	buf_puts(&x->text, "key ");
	jsonw_string(&x->text, x->m->key.data, x->m->key.len);
	buf_puts(&x->text, "  from ");
	for (i = 0; i < t->n; i++) {
		buf_append(&x->text, t->part[i].literal.p,
		    t->part[i].literal.n);
		if (t->part[i].ref != NULL)
			buf_printf(&x->text, "{%s}",
			    t->part[i].ref->text);
	}
	buf_putc(&x->text, '\n');
}

static int
explain_row(struct explain *x, const struct rule *r, int depth)
{
	const struct family *f;
	size_t i;
	int rc = 1;

	if (r->when != NULL && (rc = condition_holds(x->m, r->when)) == -1)
		return (-1);
	if (rc == 0) {
		put_indent(x, depth);
		buf_puts(&x->text, "no row: its condition does not "
		    "hold\n");
		return (0);
	}
	if (check_list(x->m, r->check, r->ncheck) == -1 ||
	    texts_key(x->m, r) == -1)
		return (-1);
	explain_key(x, r->key, depth);
	dups_begin(&x->m->cells);
	for (f = r->family; f < r->family + r->nfamily; f++) {
		put_indent(x, depth);
		buf_append(&x->text, f->open.p, f->open.n - 1);
		buf_putc(&x->text, '\n');
		for (i = 0; i < f->nblock; i++)
			if (explain_block(x, f, &f->block[i], depth + 1) == -1)
				return (-1);
	}
	return (0);
}

static int
explain_rule(struct explain *x, const struct rule *r, size_t level, int depth)
{
	const struct scope *s;
	struct items it;

	if (level == r->neach)
		return (explain_row(x, r, depth));
	s = r->each[level];
	if (machine_each(x->m, s, &it) == -1)
		return (-1);
	put_indent(x, depth);
	buf_printf(&x->text, "for each of %s: %u\n", s->each->text,
	    it.left);
	while (machine_next(x->m, s, &it)) {
		put_indent(x, depth);
		buf_printf(&x->text, "item %u\n",
		    x->m->level[s->level].position);
		if (explain_rule(x, r, level + 1, depth + 1) == -1)
			return (-1);
	}
	return (0);
}

static int
explain_steps(struct explain *x, const void *line, size_t len, uint64_t number)
{
	const struct program *p = x->m->prog;
	size_t i;

	if (machine_load(x->m, line, len, number, &x->value) == -1)
		return (-1);
	if (p->ncheck > 0) {
		if (check_list(x->m, p->check, p->ncheck) == -1)
			return (-1);
		buf_printf(&x->text, "  %zu checks: passed%s%.*s\n",
		    p->ncheck, x->m->tags.len > 0 ? ", tags: " : "",
		    (int)x->m->tags.len, x->m->tags.len > 0 ?
		    (const char *)x->m->tags.data : "");
	}
	for (i = 0; i < p->nrule; i++) {
		buf_printf(&x->text, "  rule %zu: table %s\n", i,
		    p->rule[i].table);
		if (explain_rule(x, &p->rule[i], 0, 2) == -1)
			return (-1);
	}
	/* Only a real run detects all limits, and duplicate cells. */
	buf_reset(&x->value);
	return (record_run(x->m, line, len, number, &x->value));
}

/* "refused: code: pointer: message (place)" */
static void
put_refusal(struct explain *x)
{
	struct fault *f = &x->m->fault;

	buf_printf(&x->text, "  refused: %s: ", f->code);
	if (f->has_pointer && f->pointer.len > 0) {
		buf_append(&x->text, f->pointer.data, f->pointer.len);
		buf_puts(&x->text, ": ");
	}
	buf_puts(&x->text, f->message);
	if (f->place != NULL)
		buf_printf(&x->text, " (%s)", f->place);
	buf_putc(&x->text, '\n');
}

/* The unread members of the record. */
static int
put_unread(struct explain *x)
{
	struct coverage *c = coverage_new(x->m->prog);
	struct coverage_entry p;
	uint32_t first;
	size_t i;
	int rc = -1;

	if (c != NULL && (rc = coverage_add(c, x->m, &first)) == 0)
		for (i = 0; i < coverage_count(c); i++) {
			coverage_get(c, i, &p);
			buf_printf(&x->text, "  not read: %s (%s)\n",
			    p.pointer, scan_kind_name(p.kind));
		}
	coverage_free(c);
	return (rc);
}

int
explain_record(struct machine *m, const void *line, size_t len,
    uint64_t number, struct err *e)
{
	struct explain x = { .m = m };
	int rc;

	buf_init(&x.text, MAX_TEXT);
	buf_init(&x.value, MACHINE_MAX_OUT);
	buf_printf(&x.text, "record %" PRIu64 "\n", number);
	rc = explain_steps(&x, line, len, number);
	if (rc == 0)
		buf_printf(&x.text, "  %" PRIu64 " row%s\n", m->nrow,
		    m->nrow == 1 ? "" : "s");
	else
		put_refusal(&x);
	if (rc == 0 && put_unread(&x) == -1)
		m->no_memory = true;
	rc = m->no_memory || x.text.failed ? err_nomem(e) :
	    io_write(1, x.text.data, x.text.len, e);
	buf_free(&x.text);
	buf_free(&x.value);
	return (rc);
}
