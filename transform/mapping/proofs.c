/* SPDX-License-Identifier: Apache-2.0 */
#include "proofs.h"

#include <stdbool.h>
#include <string.h>

#include "program.h"

/* Is the text of ${r} the same in all rows of a record? */
static bool
is_steady_ref(const struct ref *r)
{

	for (; r != NULL; r = r->other)
		switch (r->kind) {
		case REF_VALUE:
			if (r->scope->up != NULL)
				return (false);
			break;
		case REF_RECORD:
		case REF_RUN:
		case REF_SOURCE:
			break;
		default:
			return (false);
		}
	return (true);
}

/* The number of leading parts of ${t} that are the same. */
static size_t
count_steady_parts(const struct template *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!is_steady_ref(t->part[i].ref))
			break;
	return (i);
}

static bool
is_steady_template(const struct template *t)
{

	return (t == NULL || count_steady_parts(t) == t->n);
}

/* Not with checks: they count their warnings row by row. */
static bool
is_steady_value(const struct value *v)
{

	return (v->ncheck == 0 && v->compute == NULL &&
	    is_steady_ref(v->ref) && is_steady_template(v->template));
}

static bool
is_steady_block(const struct block *b)
{
	size_t i;

	if (b->each != NULL || b->when != NULL)
		return (false);
	for (i = 0; i < b->ncolumn; i++)
		if (!is_steady_template(b->column[i].qualifier) ||
		    !is_steady_value(&b->column[i].value))
			return (false);
	return (b->wildcard == NULL);
}

static bool
is_steady_family(const struct family *f)
{
	size_t i;

	for (i = 0; i < f->nblock; i++)
		if (!is_steady_block(&f->block[i]))
			return (false);
	return (true);
}

/*
 * The number of an item, written so that all numbers differ: 1 padded with
 * ones is 11, too.
 */
static bool
is_item_number(const struct ref *r)
{

	return (r != NULL && r->kind == REF_POSITION && r->other == NULL &&
	    !r->has_default && r->absent == NULL &&
	    (r->nfunc == 0 || (r->nfunc == 1 && r->func->kind == FUNC_PAD &&
	    (r->func->b < '1' || r->func->b > '9'))));
}

/* The same for the items of ${s}. */
static bool
is_number_of(const struct ref *r, const struct scope *s)
{

	return (is_item_number(r) && r->scope == s);
}

static bool
needs_no_escape(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((uint8_t)p[i] < ' ' || p[i] == '"' || p[i] == '\\' ||
		    p[i] == 0x7f)
			return (false);
	return (true);
}

bool
proofs_numbered(const struct template *t)
{
	const struct ref *r = t->n > 0 ? t->part[0].ref : NULL;
	char pad;

	if (!is_item_number(r) || r->nfunc != 1 ||
	    r->func->a > PROOFS_MAX_WIDTH ||
	    (t->n > 1 && (t->n > 2 || t->part[1].ref != NULL)))
		return (false);
	pad = (char)r->func->b;
	return (needs_no_escape(&pad, 1) &&
	    needs_no_escape(t->part[0].literal.p, t->part[0].literal.n) &&
	    (t->n == 1 || needs_no_escape(t->part[1].literal.p,
	    t->part[1].literal.n)));
}

static bool
is_same_text(const struct text *a, const struct text *b)
{

	return (a->n == b->n && memcmp(a->p, b->p, a->n) == 0);
}

/* Are two numbered names always different, whatever the items? */
static bool
names_differ(const struct template *a, const struct template *b)
{
	static const struct text none = { .p = "", .n = 0 };
	const struct func *fa = a->part[0].ref->func;
	const struct func *fb = b->part[0].ref->func;

	return (is_same_text(&a->part[0].literal, &b->part[0].literal) &&
	    fa->a == fb->a && fa->b == fb->b &&
	    !is_same_text(a->n == 2 ? &a->part[1].literal : &none,
	    b->n == 2 ? &b->part[1].literal : &none));
}

static bool
has_distinct_names(const struct block *b)
{
	size_t i, k;

	for (i = 0; i < b->ncolumn; i++) {
		if (b->each == NULL) {
			/* Members of a JSON object, which always differ. */
			if (b->column[i].qualifier != NULL)
				return (false);
			continue;
		}
		if (!b->column[i].numbered ||
		    b->column[i].qualifier->part[0].ref->scope != b->each)
			return (false);
		for (k = 0; k < i; k++)
			if (!names_differ(b->column[i].qualifier,
			    b->column[k].qualifier))
				return (false);
	}
	return (b->wildcard == NULL);
}

void
proofs_rule(struct program *p, struct rule *r)
{
	struct family *f;

	r->key_steady = count_steady_parts(r->key);
	r->distinct = true;
	for (f = r->family; f < r->family + r->nfamily; f++)
		r->distinct &= f->nblock == 1 && has_distinct_names(f->block);
	for (f = r->family; f < r->family + r->nfamily; f++)
		if (r->neach > 0 && r->distinct && is_steady_family(f))
			f->steady = ++p->nsteady;
}

/*
 * Can the parts of key ${t} be read back from it?  A default for a value that
 * functions made absent is used unchanged, whatever width they give other
 * texts.
 */
static bool
has_clear_parts(const struct template *t)
{
	const struct ref *r;
	size_t i;

	for (i = 0; i < t->n; i++) {
		r = t->part[i].ref;
		if (r != NULL && r->has_default && r->nfunc > 0)
			return (false);
	}
	return (true);
}

/* Does the key contain the number of every item that ${r} goes through? */
static bool
numbers_all_items(const struct rule *r)
{
	size_t i, k;

	for (i = 0; i < r->neach; i++) {
		for (k = 0; k < r->key->n; k++)
			if (is_number_of(r->key->part[k].ref, r->each[i]))
				break;
		if (k == r->key->n)
			return (false);
	}
	return (true);
}

void
proofs_rows(struct rule *r, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < n; k++)
			if (k != i && strcmp(r[k].table, r[i].table) == 0)
				break;
		r[i].alone = k == n && (r[i].neach == 0 ||
		    (has_clear_parts(r[i].key) && numbers_all_items(&r[i])));
	}
}
