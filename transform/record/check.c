/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "condition.h"
#include "evaluate.h"
#include "texts.h"
#include "transform/value/fiscal.h"
#include "unique.h"

/* Add ${code} to "code,code", once. */
static void
add_tag(struct buf *tags, const char *code)
{
	size_t n = strlen(code), at, end;

	for (at = 0; at < tags->len; at = end + 1) {
		for (end = at; end < tags->len && tags->data[end] != ','; end++)
			;
		if (end - at == n && memcmp(tags->data + at, code, n) == 0)
			return;
	}
	if (tags->len > 0)
		buf_putc(tags, ',');
	buf_puts(tags, code);
}

/* ${c} failed for ${what}: reject, count, or tag. */
static int
fail_check(struct machine *m, const struct check *c, const struct ref *ref,
    const char *what)
{

	if (c->policy == CHECK_REJECT) {
		machine_fault(m, ref, c->code, "%s", what);
		return (machine_place(m, c->place));
	}
	if (c->policy == CHECK_WARN) {
		m->warned[c->number]++;
		return (0);
	}
	add_tag(&m->tags, c->code);
	return (m->tags.failed ? machine_nomem(m) : 0);
}

static int
check_range(struct machine *m, const struct check *c, const struct buf *t)
{
	struct decimal d;
	int order;

	if (decimal_parse(&d, t->data, t->len) != DECIMAL_OK ||
	    decimal_compare(&d, c->bound, &order) != DECIMAL_OK)
		return (fail_check(m, c, c->ref, "not a decimal number"));
	if (c->kind == CHECK_MIN ? order < 0 : order > 0)
		return (fail_check(m, c, c->ref, c->kind == CHECK_MIN ?
		    "less than the minimum" : "more than the maximum"));
	return (0);
}

static int
check_length(struct machine *m, const struct check *c, const struct buf *t)
{
	size_t n = 0, i;

	for (i = 0; i < t->len; i++)
		n += (t->data[i] & 0xc0) != 0x80;
	if (c->kind == CHECK_MIN_LENGTH ? n < c->length : n > c->length)
		return (fail_check(m, c, c->ref, c->kind == CHECK_MIN_LENGTH ?
		    "shorter than the minimum" : "longer than the maximum"));
	return (0);
}

static int
check_fiscal(struct machine *m, const struct check *c, const struct buf *t)
{
	const char *p = (const char *)t->data, *what;

	switch (c->kind) {
	case CHECK_CNPJ:
		return (fiscal_cnpj(p, t->len) ? 0 :
		    fail_check(m, c, c->ref, "not a CNPJ"));
	case CHECK_CPF:
		return (fiscal_cpf(p, t->len) ? 0 :
		    fail_check(m, c, c->ref, "not a CPF"));
	case CHECK_CNPJ_OR_CPF:
		return (fiscal_cnpj(p, t->len) || fiscal_cpf(p, t->len) ? 0 :
		    fail_check(m, c, c->ref, "neither a CNPJ nor a CPF"));
	case CHECK_NFSE_KEY:
		what = fiscal_nfse_key(p, t->len);
		return (what == NULL ? 0 : fail_check(m, c, c->ref, what));
	case CHECK_DPS_ID:
		what = fiscal_dps_id(p, t->len);
		return (what == NULL ? 0 : fail_check(m, c, c->ref, what));
	default:
		what = fiscal_access_key(p, t->len);
		return (what == NULL ? 0 : fail_check(m, c, c->ref, what));
	}
}

/* Was it seen earlier in the run, or in this record? */
static int
check_unique(struct machine *m, const struct check *c, const struct buf *t)
{
	struct unique_hash h = unique_hash(m->unique, c->number, t->data,
	    t->len);
	size_t i;

	assert(m->npending <= MACHINE_MAX_UNIQUE);
	for (i = 0; i < m->npending; i++)
		if (m->pending[i].a == h.a && m->pending[i].b == h.b)
			break;
	if (i < m->npending || unique_has(m->unique, h))
		return (fail_check(m, c, c->ref, "seen before in this run"));
	if (m->npending == MACHINE_MAX_UNIQUE) {
		machine_fault(m, c->ref, "too_many_unique",
		    "more unique values than one record may have");
		return (machine_place(m, c->place));
	}
	m->pending[m->npending++] = h;
	return (0);
}

/* Run a check on the text in ${t}. */
static int
check_text(struct machine *m, const struct check *c, const struct buf *t)
{
	int rc;

	switch (c->kind) {
	case CHECK_PATTERN:
		if ((rc = condition_fits(m, c->pattern, t)) == 0)
			return (fail_check(m, c, c->ref,
			    "does not fit the pattern"));
		return (rc == 1 ? 0 : -1);
	case CHECK_IN:
		return (condition_among(t, c->in, c->nin) ? 0 :
		    fail_check(m, c, c->ref, "not one of the values allowed"));
	case CHECK_MIN:
	case CHECK_MAX:
		return (check_range(m, c, t));
	case CHECK_MIN_LENGTH:
	case CHECK_MAX_LENGTH:
		return (check_length(m, c, t));
	case CHECK_UNIQUE:
		return (check_unique(m, c, t));
	default:
		return (check_fiscal(m, c, t));
	}
}

/* A string of digits is a decimal, too: gateways write numbers as text. */
static bool
is_decimal(struct machine *m, const struct check *c, uint32_t t)
{
	uint32_t kind = m->scan.tok[t].kind;
	struct decimal d;

	return ((kind == SCAN_NUMBER || kind == SCAN_STRING) &&
	    decimal_parse(&d, scan_ptr(&m->scan, t), scan_len(&m->scan, t)) ==
	    DECIMAL_OK && (c->type == CHECK_TYPE_DECIMAL || d.scale == 0));
}

static bool
has_type(struct machine *m, const struct check *c, uint32_t t)
{
	uint32_t kind = m->scan.tok[t].kind;

	switch (c->type) {
	case CHECK_TYPE_STRING:
		return (kind == SCAN_STRING);
	case CHECK_TYPE_NUMBER:
		return (kind == SCAN_NUMBER);
	case CHECK_TYPE_BOOLEAN:
		return (kind == SCAN_TRUE || kind == SCAN_FALSE);
	case CHECK_TYPE_ARRAY:
		return (kind == SCAN_ARRAY);
	case CHECK_TYPE_OBJECT:
		return (kind == SCAN_OBJECT);
	default:
		return (is_decimal(m, c, t));
	}
}

static int
check_type(struct machine *m, const struct check *c)
{
	const struct ref *r = c->ref;
	uint32_t t = machine_find(m, &r);

	if (t == SCAN_NOT_FOUND)
		return (0);
	return (has_type(m, c, t) ? 0 :
	    fail_check(m, c, c->ref, "a value of another type"));
}

/* May a value of the type that ${c} requires have the text ${t}? */
static bool
may_have_type(const struct check *c, const struct buf *t)
{
	struct decimal d;

	switch (c->type) {
	case CHECK_TYPE_STRING:
		return (true);
	case CHECK_TYPE_BOOLEAN:
		return ((t->len == 4 && memcmp(t->data, "true", 4) == 0) ||
		    (t->len == 5 && memcmp(t->data, "false", 5) == 0));
	default:
		return (decimal_parse(&d, t->data, t->len) == DECIMAL_OK &&
		    (c->type != CHECK_TYPE_INTEGER || d.scale == 0));
	}
}

static int
check_equation(struct machine *m, const struct check *c)
{
	const struct ref *missing = NULL;
	int rc = evaluate_holds(m, c->equation, &missing);

	if (rc != 0)
		return (rc == 1 ? 0 : -1);
	if (missing != NULL)
		return (fail_check(m, c, missing, "an equation needs it, and "
		    "it is absent or null"));
	return (fail_check(m, c, c->equation->name,
	    "an equation does not hold"));
}

static int
check_required(struct machine *m, const struct check *c)
{
	const struct ref *r = c->ref;

	if (machine_find(m, &r) == SCAN_NOT_FOUND)
		return (fail_check(m, c, c->ref,
		    "absent or null, and it is required"));
	return (0);
}

static int
evaluate_check(struct machine *m, const struct check *c)
{
	int rc;

	if (c->when != NULL && (rc = condition_holds(m, c->when)) != 1)
		return (rc);
	if (c->kind == CHECK_EQUATION)
		return (check_equation(m, c));
	if (c->kind == CHECK_REQUIRED)
		return (check_required(m, c));
	if (c->kind == CHECK_TYPE)
		return (check_type(m, c));
	buf_reset(&m->work);
	if ((rc = texts_ref(m, c->ref, &m->work)) != 1)
		return (rc);
	if (buf_reserve(&m->work, 0) == -1)
		return (machine_nomem(m));
	return (check_text(m, c, &m->work));
}

/*
 * Any error while a check is evaluated is a failure of that check, under its
 * policy and code.
 */
static int
fail_evaluation(struct machine *m, const struct check *c)
{

	if (m->no_memory)
		return (-1);
	if (c->policy != CHECK_REJECT)
		return (fail_check(m, c, NULL, ""));
	snprintf(m->fault.code, sizeof(m->fault.code), "%s", c->code);
	m->fault.place = c->place;
	return (-1);
}

/* A fault of ${c} itself already has its place. */
static int
run_check(struct machine *m, const struct check *c)
{

	if (evaluate_check(m, c) == 0)
		return (0);
	return (m->fault.place == c->place ? -1 : fail_evaluation(m, c));
}

int
check_value(struct machine *m, const struct value *v)
{
	size_t i;

	for (i = 0; i < v->ncheck; i++)
		if (check_text(m, &v->check[i], &m->work) == -1)
			return (-1);
	return (0);
}

int
check_passes(struct machine *m, const struct check *c, const struct buf *t)
{
	struct check strict = *c;

	strict.policy = CHECK_REJECT;
	if (c->kind == CHECK_REQUIRED || c->kind == CHECK_UNIQUE)
		return (1);
	if (c->kind == CHECK_TYPE)
		return (may_have_type(c, t));
	if (check_text(m, &strict, t) == 0)
		return (1);
	return (m->no_memory ? -1 : 0);
}

int
check_list(struct machine *m, const struct check *c, size_t n)
{
	struct items it;

	for (; n > 0; c++, n--) {
		if (c->each == NULL) {
			if (run_check(m, c) == -1)
				return (-1);
			continue;
		}
		if (machine_each(m, c->each, &it) == -1) {
			if (fail_evaluation(m, c) == -1)
				return (-1);
			continue;
		}
		while (machine_next(m, c->each, &it))
			if (run_check(m, c) == -1)
				return (-1);
	}
	return (0);
}

int
check_accepted(struct machine *m)
{
	size_t i;

	for (i = 0; i < m->npending; i++) {
		if (unique_add(m->unique, m->pending[i]) == -1) {
			m->unique_full = true;
			return (-1);
		}
	}
	return (0);
}
