/* SPDX-License-Identifier: Apache-2.0 */
#include "constants.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "lib/base/err.h"
#include "machine.h"
#include "texts.h"
#include "typed.h"

struct trial {
	struct machine m; /* at a record that is empty */
	struct buf out;
	const char *file;
};

static int
report_constant(struct trial *t, const char *place, struct err *e)
{

	if (t->m.no_memory)
		return (err_nomem(e));
	return (err_set_code(e, ERR_CONFIG, "bad_mapping", "%s: %s: not a "
	    "valid constant: %s: %s", t->file, place, t->m.fault.code,
	    t->m.fault.message));
}

/* Is the text of ${v} known without a record? */
static bool
is_constant(const struct value *v)
{
	size_t i;

	if (v->ref != NULL)
		return (v->ref->has_default);
	for (i = 0; v->template != NULL && i < v->template->n; i++)
		if (v->template->part[i].ref != NULL &&
		    !v->template->part[i].ref->has_default)
			return (false);
	return (v->template != NULL);
}

/* One of the texts of "in", ${i} of ${in}, against the ${n} checks ${c}. */
static int
try_allowed(struct trial *t, const struct check *in, size_t i,
    const struct check *c, size_t n, struct err *e)
{
	struct buf *text = &t->m.work;
	int rc;

	buf_reset(text);
	if (buf_append(text, in->in[i].p, in->in[i].n) == -1 ||
	    buf_reserve(text, 0) == -1)
		return (err_nomem(e));
	for (; n > 0; c++, n--) {
		if ((rc = check_passes(&t->m, c, text)) == -1)
			return (err_nomem(e));
		if (rc == 0)
			return (err_set_code(e, ERR_CONFIG, "bad_mapping",
			    "%s: %s/in/%zu: has no effect: another check "
			    "rejects it: %s", t->file, in->place, i,
			    c->kind == CHECK_TYPE ? "a value of another type" :
			    t->m.fault.message));
	}
	return (0);
}

/* The ${n} checks ${c}, grouped by their place in the mapping. */
static int
try_checks(struct trial *t, const struct check *c, size_t n, struct err *e)
{
	const struct check *end = c + n, *k, *next;
	size_t i;

	for (; c < end; c = next) {
		for (next = c; next < end &&
		    strcmp(next->place, c->place) == 0; next++)
			;
		for (k = c; k < next; k++)
			for (i = 0; k->kind == CHECK_IN && i < k->nin; i++)
				if (try_allowed(t, k, i, c,
				    (size_t)(next - c), e) == -1)
					return (-1);
	}
	return (0);
}

static int
try_value(struct trial *t, const struct value *v, struct err *e)
{

	if (try_checks(t, v->check, v->ncheck, e) == -1)
		return (-1);
	if (!is_constant(v))
		return (0);
	buf_reset(&t->out);
	buf_putc(&t->out, ':'); /* a value follows its qualifier */
	return (typed_value(&t->m, v) == -1 ?
	    report_constant(t, v->place, e) : 0);
}

static int
try_rule(struct trial *t, const struct rule *r, struct err *e)
{
	const struct block *b;
	size_t f, i, k;

	if (try_checks(t, r->check, r->ncheck, e) == -1)
		return (-1);
	for (f = 0; f < r->nfamily; f++)
		for (i = 0; i < r->family[f].nblock; i++) {
			b = &r->family[f].block[i];
			for (k = 0; k < b->ncolumn; k++)
				if (try_value(t, &b->column[k].value, e) == -1)
					return (-1);
		}
	return (0);
}

static int
try_all(struct trial *t, const struct program *p, struct err *e)
{
	const struct ref *r;
	size_t i;

	for (r = p->refs; r != NULL; r = r->next) {
		if (!r->has_default)
			continue;
		buf_reset(&t->m.work);
		if (texts_ref(&t->m, r, &t->m.work) == -1)
			return (report_constant(t, r->place, e));
	}
	if (try_checks(t, p->check, p->ncheck, e) == -1)
		return (-1);
	for (i = 0; i < p->nrule; i++)
		if (try_rule(t, &p->rule[i], e) == -1)
			return (-1);
	return (0);
}

int
constants_check(const struct program *p, const char *file, struct err *e)
{
	static const struct machine_run none = { .run = "", .source = "" };
	const struct scope *s;
	struct trial *t;
	int rc;

	if ((t = machine_memory(1, sizeof(*t))) == NULL)
		return (err_nomem(e));
	t->file = file;
	if (machine_init(&t->m, p, &none, e) == -1) {
		free(t);
		return (-1);
	}
	buf_init(&t->out, MACHINE_MAX_OUT);
	t->m.out = &t->out;
	for (s = p->scopes; s != NULL; s = s->next)
		t->m.level[s->level].each = s->each; /* faults name it */
	memset(t->m.slot, 0xff, (p->nslot + 1) * sizeof(*t->m.slot));
	rc = try_all(t, p, e);
	buf_free(&t->out);
	machine_fini(&t->m);
	free(t);
	return (rc);
}
