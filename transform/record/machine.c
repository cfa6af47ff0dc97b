/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bigtable_names.h"
#include "lib/base/err.h"

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
	buf_printf(&m->stamp, ",\"ts\":%" PRId64 ",\"cells\":{", run->ts);
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

	assert(s->base + s->nslot <= m->prog->nslot && t < m->scan.ntok);
	memset(slot, 0xff, s->nslot * sizeof(*slot));
	path_bind(&s->path, &m->scan, t, slot);
}

int
machine_each(struct machine *m, const struct scope *s, struct items *it)
{
	struct level *l = &m->level[s->level];
	uint32_t t = m->slot[s->each->slot];

	assert(s->each->slot < m->prog->nslot && s->level < m->prog->nlevel);
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

	/* Texts are made in these and then copied to ${out}. */
	assert(out != &m->key && out != &m->work && out != &m->name);
	m->out = out;
	m->record_at = out->len;
	m->limit = compute_rows_limit(len);
	m->alarm = m->record_at + (m->limit < BIGTABLE_MAX_CELL ? m->limit :
	    BIGTABLE_MAX_CELL);
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
