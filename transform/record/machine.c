/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "check.h"
#include "condition.h"
#include "emit.h"
#include "lib/base/err.h"
#include "shared_rows.h"
#include "texts.h"
#include "typed.h"

#define MAX_WORK ((size_t)512 << 20)

void *
machine_memory(size_t n, size_t size)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(n, size, &all) ||
	    __builtin_add_overflow(all, MACHINE_ALIGN - 1, &all))
		return (NULL);
	all -= all % MACHINE_ALIGN;
	if ((p = aligned_alloc(MACHINE_ALIGN, all)) != NULL)
		memset(p, 0, all);
	return (p);
}

int
machine_init(struct machine *m, const struct program *prog,
    const struct machine_run *run, struct err *e)
{

	memset(m, 0, sizeof(*m));
	m->prog = prog;
	m->run = run;
	scan_init(&m->scan);
	scan_init(&m->again);
	dups_init(&m->rows);
	dups_init(&m->cells);
	buf_init(&m->stamp, 64);
	buf_init(&m->key, MAX_WORK);
	buf_init(&m->work, MAX_WORK);
	buf_init(&m->name, MAX_WORK);
	buf_init(&m->tags, 4096);
	buf_init(&m->fault.pointer, 4096);
	m->slot = machine_memory(prog->nslot + 1, sizeof(*m->slot));
	m->level = machine_memory(prog->nlevel + 1, sizeof(*m->level));
	m->warned = machine_memory((size_t)prog->nchecks + 1,
	    sizeof(*m->warned));
	buf_printf(&m->stamp, ",\"ts\":%lld,\"cells\":{",
	    (long long)run->ts);
	if (m->slot == NULL || m->level == NULL || m->warned == NULL ||
	    m->stamp.failed) {
		machine_fini(m);
		return (err_nomem(e));
	}
	return (0);
}

void
machine_fini(struct machine *m)
{

	scan_free(&m->scan);
	scan_free(&m->again);
	dups_free(&m->rows);
	dups_free(&m->cells);
	buf_free(&m->stamp);
	buf_free(&m->key);
	buf_free(&m->work);
	buf_free(&m->name);
	buf_free(&m->tags);
	buf_free(&m->fault.pointer);
	free(m->slot);
	free(m->level);
	free(m->warned);
	m->warned = NULL;
	m->slot = NULL;
	m->level = NULL;
}

int
machine_nomem(struct machine *m)
{

	m->no_memory = true;
	return (-1);
}

/* Append the JSON Pointer of the item that ${s} stands at. */
static void
put_scope_pointer(const struct machine *m, const struct scope *s, struct buf *b)
{

	if (s->up == NULL)
		return;
	put_scope_pointer(m, s->each->scope, b);
	buf_puts(b, s->each->pointer);
	if (m->level[s->level].in_array)
		buf_printf(b, "/%u", m->level[s->level].position - 1);
}

int
machine_fault(struct machine *m, const struct ref *ref, const char *code,
    const char *fmt, ...)
{
	struct fault *f = &m->fault;
	va_list ap;

	snprintf(f->code, sizeof(f->code), "%s", code);
	va_start(ap, fmt);
	vsnprintf(f->message, sizeof(f->message), fmt, ap);
	va_end(ap);
	buf_reset(&f->pointer);
	f->has_pointer = ref != NULL && ref->kind == REF_VALUE;
	if (f->has_pointer) {
		put_scope_pointer(m, ref->scope, &f->pointer);
		buf_puts(&f->pointer, ref->pointer);
	}
	return (-1);
}

/* Make token ${t} the one that ${s} stands at. */
static inline void
bind_scope(struct machine *m, const struct scope *s, uint32_t t)
{
	uint32_t *slot = m->slot + s->base;

	memset(slot, 0xff, s->nslot * sizeof(*slot));
	path_bind(&s->path, &m->scan, t, slot);
}

int
machine_each(struct machine *m, const struct scope *s, struct items *it)
{
	struct level *l = &m->level[s->level];
	uint32_t t = m->slot[s->each->slot];

	l->position = 0;
	it->left = 0;
	if (t == SCAN_NOT_FOUND || m->scan.tok[t].kind == SCAN_NULL)
		return (0);
	l->in_array = m->scan.tok[t].kind == SCAN_ARRAY;
	if (l->in_array) {
		it->at = t + 1;
		it->left = m->scan.tok[t].count;
	} else if (m->scan.tok[t].kind == SCAN_OBJECT) {
		it->at = t;
		it->left = 1;
	} else
		return (machine_fault(m, s->each, "bad_type", "expected an "
		    "array or an object, not a %s",
		    scan_kind_name((enum scan_kind)m->scan.tok[t].kind)));
	return (0);
}

bool
machine_next(struct machine *m, const struct scope *s, struct items *it)
{

	if (it->left == 0)
		return (false);
	it->left--;
	m->level[s->level].position++;
	bind_scope(m, s, it->at);
	it->at = m->scan.tok[it->at].next;
	return (true);
}

/* Append ,"ts":N,"cells":{ */
static int
put_stamp(struct machine *m, const struct stamp *s)
{
	int64_t t = s->fixed;
	int rc;

	if (s->kind == STAMP_RUN) {
		emit_put(m->out, m->stamp.data, m->stamp.len);
		return (0);
	}
	if (s->kind == STAMP_FIELD) {
		rc = typed_instant(m, s->ref, s->format, s->zone, &t);
		if (rc == -1)
			return (-1);
		if (rc == 0)
			return (machine_fault(m, s->ref, "no_timestamp", "the "
			    "timestamp comes from it, and it is absent"));
		if (t < 0)
			return (machine_fault(m, s->ref, "bad_timestamp",
			    "a timestamp before 1970"));
		t -= t % 1000; /* what tables keep */
	}
	buf_printf(m->out, ",\"ts\":%lld,\"cells\":{", (long long)t);
	return (0);
}

static int
put_row(struct machine *m, const struct rule *r)
{
	struct buf *out = m->out;
	size_t head;

	if (r->ncheck > 0 && check_list(m, r->check, r->ncheck) == -1)
		return (-1);
	if (texts_key(m, r->key) == -1)
		return (-1);
	m->row_at = out->len;
	emit_put(out, r->open.p, r->open.n);
	texts_put(out, m->key.data, m->key.len);
	if (put_stamp(m, &r->stamp) == -1)
		return (-1);
	head = out->len;
	if (cells_families(m, r) == -1)
		return (-1);
	if (buf_append(out, "}}\n", 3) == -1)
		return (machine_nomem(m));
	m->nrow++;
	switch (dups_add(&m->rows, 0, out, m->row_at, head - m->row_at)) {
	case DUPS_NEW:
		return (0);
	case DUPS_NOMEM:
		return (machine_nomem(m));
	default:
		m->shared_row = true;
		return (0);
	}
}

/* Run ${r} for the items from level ${depth} of its for_each on. */
static int
run_rule(struct machine *m, const struct rule *r, size_t depth)
{
	struct items it;
	size_t tags;
	int rc;

	if (depth < r->neach) {
		if (machine_each(m, r->each[depth], &it) == -1)
			return (-1);
		while (machine_next(m, r->each[depth], &it))
			if (run_rule(m, r, depth + 1) == -1)
				return (-1);
		return (0);
	}
	if (r->when != NULL && (rc = condition_holds(m, r->when)) != 1)
		return (rc);
	tags = m->tags.len;
	rc = put_row(m, r);
	m->tags.len = tags; /* those of the row go with it */
	return (rc);
}

static int
run_rules(struct machine *m)
{
	const struct program *p = m->prog;
	size_t i;

	if (p->ncheck > 0 && check_list(m, p->check, p->ncheck) == -1)
		return (-1);
	for (i = 0; i < p->nrule; i++)
		if (run_rule(m, &p->rule[i], 0) == -1)
			return (-1);
	if (m->nrow == 0 && !p->skip_unmatched)
		return (machine_fault(m, NULL, "no_row",
		    "no rule of the mapping makes a row of it"));
	if (m->shared_row && shared_rows_check(m) == -1)
		return (-1);
	return (m->npending > 0 ? check_accepted(m) : 0);
}

/* How many bytes the rows of a record of ${len} bytes may take. */
static size_t
compute_rows_limit(size_t len)
{

	if (len <= MACHINE_ROWS_FREE / MACHINE_ROWS_TIMES)
		return (MACHINE_ROWS_FREE);
	return (len < MACHINE_ROWS_MAX / MACHINE_ROWS_TIMES ?
	    len * MACHINE_ROWS_TIMES : MACHINE_ROWS_MAX);
}

int
machine_load(struct machine *m, const void *line, size_t len,
    uint64_t number, struct buf *out)
{
	struct err why = { 0 };

	m->out = out;
	m->record_at = out->len;
	m->limit = compute_rows_limit(len);
	m->alarm = m->record_at + (m->limit < MACHINE_MAX_CELL ? m->limit :
	    MACHINE_MAX_CELL);
	m->record = number;
	m->no_memory = false;
	m->nrow = 0;
	m->shared_row = false;
	m->npending = 0;
	dups_begin(&m->rows);
	buf_reset(&m->tags);
	if (scan_text(&m->scan, line, len, &why) == -1)
		return (why.class != ERR_DATA ? machine_nomem(m) :
		    machine_fault(m, NULL, why.code, "%.180s", why.msg));
	bind_scope(m, m->prog->record, 0);
	return (0);
}

int
machine_record(struct machine *m, const void *line, size_t len,
    uint64_t number, struct buf *out)
{

	if (machine_load(m, line, len, number, out) == 0 && run_rules(m) == 0)
		return (0);
	out->len = m->record_at;
	m->nrow = 0;
	return (-1);
}
