/* SPDX-License-Identifier: Apache-2.0 */
#include "coverage.h"

#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "condition.h"

/* The pointers of all places together, and one of them. */
#define MAX_TEXTS ((size_t)64 << 20)
#define MAX_POINTER ((size_t)1 << 20)

struct place {
	size_t at, len; /* in the texts */
	enum scan_kind kind;
	uint64_t count;
};

struct coverage {
	const struct program *prog;
	uint8_t *mark;      /* by token: it is read */
	size_t nmark;
	struct buf texts;   /* the pointers, each with its NUL */
	struct dups seen;   /* in ${texts}, by kind */
	struct place *place;
	size_t nplace;
	bool *used;         /* by entry of "ignore" */
	struct buf pointer; /* of the current place */
	struct buf scratch;
};

struct coverage *
coverage_new(const struct program *prog)
{
	struct coverage *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return (NULL);
	c->prog = prog;
	buf_init(&c->texts, MAX_TEXTS);
	buf_init(&c->pointer, MAX_POINTER);
	buf_init(&c->scratch, MAX_POINTER);
	dups_init(&c->seen);
	dups_begin(&c->seen);
	if ((c->used = calloc(prog->nignore + 1, sizeof(*c->used))) == NULL) {
		coverage_free(c);
		return (NULL);
	}
	return (c);
}

void
coverage_free(struct coverage *c)
{

	if (c == NULL)
		return;
	buf_free(&c->texts);
	buf_free(&c->pointer);
	buf_free(&c->scratch);
	dups_free(&c->seen);
	free(c->mark);
	free(c->place);
	free(c->used);
	free(c);
}

/* Token ${t} is read. */
static void
mark_token(struct coverage *c, const struct machine *m, uint32_t t)
{

	if (t != SCAN_NOT_FOUND && t < m->scan.ntok)
		c->mark[t] = 1;
}

static void
mark_whole(struct coverage *c, const struct machine *m, uint32_t t)
{

	if (t != SCAN_NOT_FOUND)
		memset(c->mark + t, 1, m->scan.tok[t].next - t);
}

/* All places of ${r} are read, whichever is found. */
static void
mark_ref(struct coverage *c, const struct machine *m, const struct ref *r)
{
	const struct ref *o;

	for (o = r; o != NULL; o = o->other) {
		if (o->kind != REF_VALUE)
			continue;
		if (r->join != NULL)
			mark_whole(c, m, m->slot[o->slot]);
		else
			mark_token(c, m, m->slot[o->slot]);
	}
}

static void
mark_template(struct coverage *c, const struct machine *m,
    const struct template *t)
{
	size_t i;

	for (i = 0; t != NULL && i < t->n; i++)
		if (t->part[i].ref != NULL)
			mark_ref(c, m, t->part[i].ref);
}

static void
mark_condition(struct coverage *c, const struct machine *m,
    const struct condition *w)
{
	size_t i;

	if (w->ref != NULL)
		mark_ref(c, m, w->ref);
	for (i = 0; i < w->nsub; i++)
		mark_condition(c, m, &w->sub[i]);
}

/* Mark what ${w} reads (NULL: nothing), and return whether it holds. */
static bool
mark_when(struct coverage *c, struct machine *m, const struct condition *w)
{

	if (w == NULL)
		return (true);
	mark_condition(c, m, w);
	return (condition_holds(m, w) == 1);
}

/* Start to go through the items of ${s}, which reads the list. */
static void
begin_items(struct coverage *c, struct machine *m, const struct scope *s,
    struct items *it)
{

	mark_ref(c, m, s->each);
	if (machine_each(m, s, it) == -1)
		it->left = 0;
}

/* The next item; an object or array is marked as entered. */
static bool
next_item(struct coverage *c, struct machine *m, const struct scope *s,
    struct items *it)
{
	uint32_t t = it->at;

	if (!machine_next(m, s, it))
		return (false);
	if (m->scan.tok[t].kind >= SCAN_ARRAY)
		mark_token(c, m, t);
	return (true);
}

static void
mark_expr(struct coverage *c, struct machine *m, const struct expr *x)
{
	struct items it;

	if (x == NULL)
		return;
	if (x->ref != NULL)
		mark_ref(c, m, x->ref);
	if (x->each == NULL) {
		mark_expr(c, m, x->a);
		mark_expr(c, m, x->b);
		return;
	}
	begin_items(c, m, x->each, &it);
	while (next_item(c, m, x->each, &it))
		mark_expr(c, m, x->a);
}

static void
mark_check(struct coverage *c, struct machine *m, const struct check *k)
{

	if (!mark_when(c, m, k->when))
		return;
	if (k->ref != NULL)
		mark_ref(c, m, k->ref);
	if (k->equation != NULL) {
		mark_expr(c, m, k->equation->left);
		mark_expr(c, m, k->equation->right);
	}
}

static void
mark_checks(struct coverage *c, struct machine *m, const struct check *k,
    size_t n)
{
	struct items it;

	for (; n > 0; k++, n--) {
		if (k->each == NULL) {
			mark_check(c, m, k);
			continue;
		}
		begin_items(c, m, k->each, &it);
		while (next_item(c, m, k->each, &it))
			mark_check(c, m, k);
	}
}

static void
mark_value(struct coverage *c, struct machine *m, const struct value *v)
{
	const struct ref *r = v->ref;

	if (r != NULL)
		mark_ref(c, m, r);
	if (r != NULL && v->type == TYPE_JSON)
		mark_whole(c, m, machine_find(m, &r));
	mark_template(c, m, v->template);
	mark_expr(c, m, v->compute);
}

/* Mark what ${w} takes from ${t}, whose name so far is in c->scratch. */
static void
mark_members(struct coverage *c, const struct machine *m,
    const struct wildcard *w, uint32_t t)
{
	const struct scan_token *tok = m->scan.tok;
	struct buf *name = &c->scratch;
	size_t at = name->len;
	uint32_t i, n = 0;

	for (i = t + 1; i < tok[t].next; i = tok[i].next) {
		name->len = at;
		if (tok[t].kind == SCAN_OBJECT)
			(void)scan_string(&m->scan, i++, name);
		else
			buf_u64(name, ++n);
		if (name->failed || cells_is_named(w, &w->except,
		    name->data, name->len))
			continue;
		mark_token(c, m, i);
		if (tok[i].kind != SCAN_ARRAY && cells_is_named(w, &w->lists,
		    name->data, name->len)) {
			buf_append(name, w->separator.p, w->separator.n);
			buf_putc(name, '1');
		}
		if (tok[i].kind < SCAN_ARRAY)
			continue;
		buf_append(name, w->separator.p, w->separator.n);
		mark_members(c, m, w, i);
	}
	name->len = at;
}

static void
mark_block(struct coverage *c, struct machine *m, const struct block *b)
{
	const struct ref *r;
	uint32_t t;
	size_t i;

	if (!mark_when(c, m, b->when))
		return;
	for (i = 0; i < b->ncolumn; i++) {
		mark_template(c, m, b->column[i].qualifier);
		mark_value(c, m, &b->column[i].value);
	}
	if (b->wildcard == NULL)
		return;
	r = b->wildcard->ref;
	mark_ref(c, m, r);
	mark_template(c, m, b->wildcard->prefix);
	buf_reset(&c->scratch);
	if ((t = machine_find(m, &r)) != SCAN_NOT_FOUND &&
	    m->scan.tok[t].kind >= SCAN_ARRAY)
		mark_members(c, m, b->wildcard, t);
}

static void
mark_row(struct coverage *c, struct machine *m, const struct rule *r)
{
	const struct block *b;
	struct items it;
	size_t f, i;

	if (!mark_when(c, m, r->when))
		return;
	mark_checks(c, m, r->check, r->ncheck);
	mark_template(c, m, r->key);
	if (r->stamp.ref != NULL)
		mark_ref(c, m, r->stamp.ref);
	for (f = 0; f < r->nfamily; f++)
		for (i = 0; i < r->family[f].nblock; i++) {
			b = &r->family[f].block[i];
			if (b->each == NULL) {
				mark_block(c, m, b);
				continue;
			}
			begin_items(c, m, b->each, &it);
			while (next_item(c, m, b->each, &it))
				mark_block(c, m, b);
		}
}

static void
mark_rule(struct coverage *c, struct machine *m, const struct rule *r,
    size_t level)
{
	struct items it;

	if (level == r->neach) {
		mark_row(c, m, r);
		return;
	}
	begin_items(c, m, r->each[level], &it);
	while (next_item(c, m, r->each[level], &it))
		mark_rule(c, m, r, level + 1);
}

/* Mark all that the program reads of the record in ${m}. */
static int
mark_record(struct coverage *c, struct machine *m)
{
	const struct program *p = c->prog;
	uint8_t *more;
	size_t i;

	if (c->nmark < m->scan.ntok) {
		if ((more = realloc(c->mark, m->scan.ntok)) == NULL)
			return (-1);
		c->mark = more;
		c->nmark = m->scan.ntok;
	}
	memset(c->mark, 0, m->scan.ntok);
	if (p->root != NULL)
		mark_ref(c, m, p->root->each);
	mark_checks(c, m, p->check, p->ncheck);
	for (i = 0; i < p->nrule; i++)
		mark_rule(c, m, &p->rule[i], 0);
	return (m->no_memory ? -1 : 0);
}

/*
 * Does ${pattern} lead to ${p}, or to a value that contains ${p}?  A "*" in it
 * matches any item of an array, or no step: an object may represent an array
 * of one.
 */
static bool
is_ignored(const char *pattern, const char *p)
{
	size_t n;

	for (;;) {
		if (*pattern == '\0')
			return (*p == '\0' || *p == '/');
		if (strncmp(pattern, "/*", 2) == 0 &&
		    (pattern[2] == '/' || pattern[2] == '\0')) {
			pattern += 2;
			if (strncmp(p, "/*", 2) == 0 &&
			    (p[2] == '/' || p[2] == '\0'))
				p += 2;
			continue;
		}
		n = 1 + strcspn(pattern + 1, "/");
		if (strncmp(pattern, p, n) != 0 ||
		    (p[n] != '/' && p[n] != '\0'))
			return (false);
		pattern += n;
		p += n;
	}
}

/* Does the mapping ignore the place in c->pointer? */
static bool
find_ignored(struct coverage *c, const struct machine *m)
{
	const char *root = m->root != NULL ? m->root->pointer : "";
	const char *p = buf_cstr(&c->pointer), *pattern, *at;
	size_t i, n = strlen(root);
	bool found = false;

	for (i = 0; p != NULL && i < c->prog->nignore; i++) {
		pattern = c->prog->ignore[i].p;
		at = p;
		if (*pattern == '^')
			pattern++;
		else if (strncmp(p, root, n) == 0)
			at = p + n;
		else
			continue;
		if (is_ignored(pattern, at))
			c->used[i] = found = true;
	}
	return (found);
}

/* Count the place in c->pointer. */
static int
count_place(struct coverage *c, enum scan_kind kind, uint64_t n)
{
	size_t at = c->texts.len;
	struct place *more;
	uint32_t i;

	buf_append(&c->texts, c->pointer.data, c->pointer.len);
	if (c->texts.failed || c->pointer.failed)
		return (-1);
	i = dups_add(&c->seen, (uint64_t)kind, &c->texts, at, c->pointer.len);
	if (i == DUPS_NOMEM)
		return (-1);
	if (i != DUPS_NEW) {
		c->texts.len = at;
		c->place[i].count += n;
		return (0);
	}
	if ((c->nplace & (c->nplace - 1)) == 0) {
		more = realloc(c->place, (c->nplace == 0 ? 1 : 2 * c->nplace) *
		    sizeof(*more));
		if (more == NULL)
			return (-1);
		c->place = more;
	}
	c->place[c->nplace++] = (struct place){ .at = at,
		.len = c->pointer.len, .kind = kind, .count = n };
	return (buf_putc(&c->texts, '\0'));
}

static int count_unread(struct coverage *c, const struct machine *m,
    uint32_t t, uint32_t *first);

/* Token ${t} is at c->pointer: count it if nothing in it is read. */
static int
count_token(struct coverage *c, const struct machine *m, uint32_t t,
    uint32_t *first)
{
	const struct scan_token *k = &m->scan.tok[t];

	if (find_ignored(c, m))
		return (0);
	if (memchr(c->mark + t, 1, k->next - t) == NULL) {
		if (*first == SCAN_NOT_FOUND)
			*first = t;
		if (count_place(c, (enum scan_kind)k->kind, 1) == -1)
			return (-1);
	}
	return (k->kind >= SCAN_ARRAY ? count_unread(c, m, t, first) : 0);
}

/* Look through the members or items of ${t}; its depth is the scanner's. */
static int
count_unread(struct coverage *c, const struct machine *m, uint32_t t,
    uint32_t *first)
{
	const struct scan_token *tok = m->scan.tok;
	size_t at = c->pointer.len, n;
	uint32_t i;

	for (i = t + 1; i < tok[t].next; i = tok[i].next) {
		c->pointer.len = at;
		buf_putc(&c->pointer, '/');
		if (tok[t].kind == SCAN_ARRAY)
			buf_putc(&c->pointer, '*');
		else {
			buf_reset(&c->scratch);
			(void)scan_string(&m->scan, i++, &c->scratch);
			for (n = 0; n < c->scratch.len; n++)
				if (c->scratch.data[n] == '~')
					buf_puts(&c->pointer, "~0");
				else if (c->scratch.data[n] == '/')
					buf_puts(&c->pointer, "~1");
				else
					buf_putc(&c->pointer,
					    c->scratch.data[n]);
		}
		if (count_token(c, m, i, first) == -1)
			return (-1);
	}
	c->pointer.len = at;
	return (c->scratch.failed ? -1 : 0);
}

int
coverage_add(struct coverage *c, struct machine *m, uint32_t *first)
{

	*first = SCAN_NOT_FOUND;
	if (mark_record(c, m) == -1)
		return (-1);
	buf_reset(&c->pointer);
	return (m->scan.tok[0].kind < SCAN_ARRAY ? 0 :
	    count_unread(c, m, 0, first));
}

int
coverage_merge(struct coverage *c, const struct coverage *from)
{
	const struct place *p;
	size_t i;

	for (i = 0; i < from->nplace; i++) {
		p = &from->place[i];
		buf_reset(&c->pointer);
		buf_append(&c->pointer, from->texts.data + p->at, p->len);
		if (count_place(c, p->kind, p->count) == -1)
			return (-1);
	}
	for (i = 0; i < c->prog->nignore; i++)
		c->used[i] |= from->used[i];
	return (0);
}

size_t
coverage_count(const struct coverage *c)
{

	return (c->nplace);
}

void
coverage_get(struct coverage *c, size_t i, struct coverage_entry *out)
{

	assert(i < c->nplace);
	out->pointer = (const char *)c->texts.data + c->place[i].at;
	out->kind = c->place[i].kind;
	out->count = c->place[i].count;
}

bool
coverage_stale(const struct coverage *c, size_t i)
{

	return (!c->used[i]);
}
