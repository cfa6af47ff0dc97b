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
#include "xml.h"

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
	buf_init(&m->inner, SCAN_MAX_LEN);
	buf_init(&m->fault.pointer, 4096);
	m->slot = machine_memory(prog->nslot + 1, sizeof(*m->slot));
	m->level = machine_memory(prog->nlevel + 1, sizeof(*m->level));
	m->steady = machine_memory(prog->nsteady + 1, sizeof(*m->steady));
	m->warned = machine_memory((size_t)prog->nchecks + 1,
	    sizeof(*m->warned));
	buf_printf(&m->stamp, ",\"ts\":%" PRId64 ",\"cells\":{", run->ts);
	if (m->slot == NULL || m->level == NULL || m->warned == NULL ||
	    m->steady == NULL || m->stamp.failed) {
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
	buf_free(&m->inner);
	buf_free(&m->fault.pointer);
	free(m->slot);
	free(m->level);
	free(m->steady);
	free(m->warned);
	m->steady = NULL;
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

/* Append the JSON Pointer of the current item of ${s}. */
static void
put_scope_pointer(const struct machine *m, const struct scope *s,
    struct buf *b)
{
	const struct level *l = &m->level[s->level];

	if (s->up == NULL) {
		if (s == m->prog->root && m->root != NULL)
			buf_puts(b, m->root->pointer);
		return;
	}
	put_scope_pointer(m, l->each->scope, b);
	buf_puts(b, l->each->pointer);
	if (l->in_array && l->position > 0)
		buf_printf(b, "/%u", l->position - 1);
}

static void __attribute__((format(printf, 3, 0)))
fill_fault(struct machine *m, const char *code, const char *fmt, va_list ap)
{
	struct fault *f = &m->fault;

	snprintf(f->code, sizeof(f->code), "%s", code);
	vsnprintf(f->message, sizeof(f->message), fmt, ap);
	buf_reset(&f->pointer);
	f->has_pointer = false;
	f->place = NULL;
}

int
machine_fault(struct machine *m, const struct ref *ref, const char *code,
    const char *fmt, ...)
{
	struct fault *f = &m->fault;
	va_list ap;

	va_start(ap, fmt);
	fill_fault(m, code, fmt, ap);
	va_end(ap);
	if (ref == NULL || (ref->kind != REF_VALUE &&
	    ref->kind != REF_POSITION))
		return (-1);
	f->has_pointer = true;
	put_scope_pointer(m, ref->scope, &f->pointer);
	if (ref->kind == REF_VALUE)
		buf_puts(&f->pointer, ref->pointer);
	return (-1);
}

int
machine_fault_at(struct machine *m, const struct scope *scope,
    const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill_fault(m, code, fmt, ap);
	va_end(ap);
	m->fault.has_pointer = true;
	put_scope_pointer(m, scope, &m->fault.pointer);
	return (-1);
}

/* Append the name of key ${t} as a step of a JSON Pointer. */
static void
put_step(const struct machine *m, uint32_t t, struct buf *b)
{
	struct buf name;
	size_t i;

	buf_init(&name, SCAN_MAX_LEN);
	(void)scan_string(&m->scan, t, &name);
	for (i = 0; i < name.len; i++)
		if (name.data[i] == '~' || name.data[i] == '/')
			buf_puts(b, name.data[i] == '~' ? "~0" : "~1");
		else
			buf_putc(b, name.data[i]);
	b->failed |= name.failed;
	buf_free(&name);
}

void
machine_pointer(const struct machine *m, uint32_t t, struct buf *b)
{
	const struct scan_token *tok = m->scan.tok;
	uint32_t at = 0, i, n;

	while (at != t) {
		assert(t > at && t < tok[at].next);
		buf_putc(b, '/');
		if (tok[at].kind == SCAN_OBJECT) {
			for (i = at + 1; tok[i + 1].next <= t;)
				i = tok[i + 1].next;
			put_step(m, i, b);
			at = i + 1;
		} else {
			for (i = at + 1, n = 0; tok[i].next <= t; n++)
				i = tok[i].next;
			buf_u64(b, n);
			at = i;
		}
	}
}

int
machine_fault_token(struct machine *m, uint32_t t, const char *code,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill_fault(m, code, fmt, ap);
	va_end(ap);
	m->fault.has_pointer = true;
	machine_pointer(m, t, &m->fault.pointer);
	return (-1);
}

int
machine_place(struct machine *m, const char *place)
{

	if (m->fault.place == NULL)
		m->fault.place = place;
	return (-1);
}

bool
machine_is_absent(const struct machine *m, const struct ref *r, uint32_t t)
{
	const struct scan_token *k = &m->scan.tok[t];
	const struct absent *a = r->absent;
	size_t i, n = scan_len(&m->scan, t);

	switch ((enum scan_kind)k->kind) {
	case SCAN_NULL:
		return (true);
	case SCAN_OBJECT:
		return (a->object && k->count == 0);
	case SCAN_ARRAY:
		return (a->array && k->count == 0);
	default:
		break;
	}
	for (i = 0; i < a->n; i++)
		if (k->escaped ? scan_equals(&m->scan, t, a->text[i].p,
		    a->text[i].n) : n == a->text[i].n &&
		    memcmp(scan_ptr(&m->scan, t), a->text[i].p, n) == 0)
			return (true);
	return (false);
}

/* Make token ${t} the current one of ${s}. */
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
	uint32_t t;

	assert(s->each->slot < m->prog->nslot && s->level < m->prog->nlevel);
	l->position = 0;
	l->each = s->each;
	it->left = 0;
	if ((t = machine_find(m, &l->each)) == SCAN_NOT_FOUND)
		return (0);
	l->in_array = m->scan.tok[t].kind == SCAN_ARRAY;
	if (l->in_array) {
		it->at = t + 1;
		it->left = m->scan.tok[t].count;
		return (0);
	}
	if (m->scan.tok[t].kind != SCAN_OBJECT && s->path.nchild > 0 &&
	    s->path.slot == PATH_NO_SLOT) {
		machine_fault(m, l->each, "bad_type", "expected an array or "
		    "an object, not a %s",
		    scan_kind_name((enum scan_kind)m->scan.tok[t].kind));
		return (machine_place(m, s->place));
	}
	it->at = t;
	it->left = 1;
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

/* The limit in bytes for the rows of a record of ${len} bytes. */
static size_t
compute_rows_limit(size_t len)
{

	if (len <= MACHINE_ROWS_FREE / MACHINE_ROWS_TIMES)
		return (MACHINE_ROWS_FREE);
	return (len < MACHINE_ROWS_MAX / MACHINE_ROWS_TIMES ?
	    len * MACHINE_ROWS_TIMES : MACHINE_ROWS_MAX);
}

static int
scan_record(struct machine *m, const void *line, size_t len)
{
	struct err why = { 0 };

	if (scan_text(&m->scan, line, len, &why) == 0)
		return (0);
	return (why.class != ERR_DATA ? machine_nomem(m) :
	    machine_fault(m, NULL, why.code, "%.180s", why.msg));
}

/* Bind the record, and its root: the first one present of several. */
static void
bind_record(struct machine *m)
{
	const struct scope *root = m->prog->root;
	uint32_t t;

	bind_scope(m, m->prog->record, 0);
	if (root == NULL)
		return;
	m->root = root->each;
	if ((t = machine_find(m, &m->root)) != SCAN_NOT_FOUND)
		bind_scope(m, root, t);
	else {
		m->root = NULL;
		memset(m->slot + root->base, 0xff,
		    root->nslot * sizeof(*m->slot));
	}
}

/* Convert the record to the common form of XML as JSON. */
static int
read_xml(struct machine *m)
{

	if (!xml_differs(&m->scan))
		return (0);
	buf_reset(&m->inner);
	xml_write(&m->scan, &m->inner);
	return (m->inner.failed ? machine_nomem(m) :
	    scan_record(m, m->inner.data, m->inner.len));
}

/* The parts of the record to replace by the JSON in their texts. */
struct splice {
	struct buf text; /* the new record so far */
	size_t at;       /* copied up to here of the old one */
};

/* Replace the string at token ${t}, the value of ${j}, by its text. */
static int
splice_text(struct machine *m, struct splice *p, const struct inner_json *j,
    uint32_t t)
{
	struct scan *inner = &m->again;
	struct err why = { 0 };

	if (m->scan.tok[t].kind != SCAN_STRING)
		return (0); /* JSON already */
	buf_reset(&m->work);
	if (scan_string(&m->scan, t, &m->work) == -1 ||
	    buf_reserve(&m->work, 0) == -1)
		return (machine_nomem(m));
	if (scan_text(inner, m->work.data, m->work.len, &why) == -1) {
		if (why.class != ERR_DATA)
			return (machine_nomem(m));
		machine_fault(m, j->ref, "bad_json", "a text that is not JSON: "
		    "%.150s", why.msg);
		return (machine_place(m, j->place));
	}
	if (inner->tok[0].kind == SCAN_STRING) {
		machine_fault(m, j->ref, "bad_json", "a text that holds a text "
		    "and no other JSON");
		return (machine_place(m, j->place));
	}
	buf_append(&p->text, m->scan.text + p->at,
	    m->scan.tok[t].start - 1 - p->at);
	buf_append(&p->text, m->work.data, m->work.len);
	p->at = m->scan.tok[t].end + 1;
	return (p->text.failed ? machine_nomem(m) : 0);
}

/* The same for all items of the for_each around ${j}, outermost first. */
static int
splice_items(struct machine *m, struct splice *p, const struct inner_json *j,
    const struct scope *const *scope, size_t n)
{
	const struct ref *r = j->ref;
	struct items it;
	uint32_t t;

	if (n == 0)
		return ((t = machine_find(m, &r)) == SCAN_NOT_FOUND ? 0 :
		    splice_text(m, p, j, t));
	if (machine_each(m, *scope, &it) == -1)
		return (-1);
	while (machine_next(m, *scope, &it))
		if (splice_items(m, p, j, scope + 1, n - 1) == -1)
			return (-1);
	return (0);
}

/* Rebuild the record with JSON instead of the texts that ${j} names. */
static int
read_one(struct machine *m, const struct inner_json *j)
{
	const struct scope *chain[PROGRAM_MAX_LEVELS], *s;
	struct splice p = { .at = 0 };
	size_t n = 0, i;
	int rc;

	for (s = j->ref->scope; s->up != NULL; s = s->up)
		n++;
	assert(n <= PROGRAM_MAX_LEVELS);
	for (s = j->ref->scope, i = n; s->up != NULL; s = s->up)
		chain[--i] = s;
	buf_init(&p.text, SCAN_MAX_LEN);
	rc = splice_items(m, &p, j, chain, n);
	if (rc == -1 || p.at == 0) {
		buf_free(&p.text);
		return (rc);
	}
	buf_append(&p.text, m->scan.text + p.at, m->scan.len - p.at);
	buf_free(&m->inner);
	m->inner = p.text;
	if (m->inner.failed)
		return (machine_nomem(m));
	if (scan_record(m, m->inner.data, m->inner.len) == -1)
		return (-1);
	bind_record(m);
	return (0);
}

static int
read_inner(struct machine *m)
{
	size_t i;

	for (i = 0; i < m->prog->njson; i++)
		if (read_one(m, &m->prog->json[i]) == -1)
			return (-1);
	return (0);
}

int
machine_load(struct machine *m, const void *line, size_t len,
    uint64_t number, struct buf *out)
{

	/* Texts are built in these and then copied to ${out}. */
	assert(out != &m->key && out != &m->work && out != &m->name);
	m->out = out;
	m->record_at = out->len;
	m->limit = compute_rows_limit(len);
	m->alarm = m->record_at + (m->limit < BIGTABLE_MAX_CELL ? m->limit :
	    BIGTABLE_MAX_CELL);
	m->record = number;
	m->load++;
	m->key_of = NULL;
	m->no_memory = false;
	m->nrow = 0;
	m->shared_row = false;
	m->npending = 0;
	dups_begin(&m->rows);
	buf_reset(&m->tags);
	if (scan_record(m, line, len) == -1 ||
	    (m->prog->xml && read_xml(m) == -1))
		return (-1);
	bind_record(m);
	return (m->prog->njson > 0 ? read_inner(m) : 0);
}
