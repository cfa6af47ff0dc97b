/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluate.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "small_equation.h"
#include "texts.h"
#include "transform/value/decimal.h"

/* A number: ${num}, or ${num} / ${den} once something was divided. */
struct ratio {
	struct decimal num;
	struct decimal den; /* positive; unused if ${whole} */
	bool whole;
};

/* The state of an evaluation. */
struct evaluation {
	struct machine *m;
	const struct ref *missing; /* a value that is absent; or NULL */
};

static int
fault_too_large(struct machine *m)
{

	return (machine_fault_at(m, m->prog->record, "decimal_range",
	    "numbers that have too many digits to compute with"));
}

static void
set_whole(struct ratio *d)
{

	memset(&d->num, 0, sizeof(d->num));
	d->whole = true;
}

/* The value of a reference. */
static int
eval_value(struct evaluation *v, const struct expr *x, struct ratio *d)
{
	struct machine *m = v->m;
	int rc;

	buf_reset(&m->work);
	if ((rc = texts_ref(m, x->ref, &m->work)) == -1)
		return (-1);
	d->whole = true;
	if (rc == 0 && x->optional) {
		set_whole(d);
		return (1);
	}
	if (rc == 0) {
		v->missing = x->ref;
		return (0);
	}
	if (buf_reserve(&m->work, 0) == -1)
		return (machine_nomem(m));
	if (decimal_parse(&d->num, m->work.data, m->work.len) != DECIMAL_OK)
		return (machine_fault(m, x->ref, "bad_decimal",
		    "not a decimal number"));
	return (1);
}

/* d = d * b, as written. */
static enum decimal_rc
multiply_ratio(struct ratio *d, const struct ratio *b)
{
	enum decimal_rc rc;

	rc = decimal_multiply(&d->num, &d->num, &b->num);
	if (rc != DECIMAL_OK || (d->whole && b->whole))
		return (rc);
	if (d->whole)
		d->den = b->den;
	else if (!b->whole)
		rc = decimal_multiply(&d->den, &d->den, &b->den);
	d->whole = false;
	return (rc);
}

/* d = d + b or d - b, over one denominator. */
static enum decimal_rc
add_ratio(struct ratio *d, const struct ratio *b, enum expr_kind kind)
{
	struct decimal other = b->num;
	enum decimal_rc rc = DECIMAL_OK;

	if (!d->whole)
		rc = decimal_multiply(&other, &other, &d->den);
	if (!b->whole && rc == DECIMAL_OK)
		rc = decimal_multiply(&d->num, &d->num, &b->den);
	if (rc == DECIMAL_OK)
		rc = kind == EXPR_SUBTRACT ?
		    decimal_subtract(&d->num, &d->num, &other) :
		    decimal_add(&d->num, &d->num, &other);
	if (rc != DECIMAL_OK || b->whole)
		return (rc);
	if (d->whole)
		d->den = b->den;
	else
		rc = decimal_multiply(&d->den, &d->den, &b->den);
	d->whole = false;
	return (rc);
}

/* d = d / b, which is not 0. */
static enum decimal_rc
divide_ratio(struct ratio *d, const struct ratio *b)
{
	enum decimal_rc rc = DECIMAL_OK;
	struct decimal den = b->num;

	assert(b->num.n > 0);
	if (!b->whole)
		rc = decimal_multiply(&d->num, &d->num, &b->den);
	if (!d->whole && rc == DECIMAL_OK)
		rc = decimal_multiply(&den, &den, &d->den);
	if (den.negative) {
		den.negative = false;
		d->num.negative = d->num.n > 0 && !d->num.negative;
	}
	d->den = den;
	d->whole = false;
	return (rc);
}

/* Store in ${order} how ${a} compares with ${b}. */
static enum decimal_rc
compare_ratio(const struct ratio *a, const struct ratio *b, int *order)
{
	struct decimal x = a->num, y = b->num;
	enum decimal_rc rc = DECIMAL_OK;

	if (!b->whole)
		rc = decimal_multiply(&x, &x, &b->den);
	if (!a->whole && rc == DECIMAL_OK)
		rc = decimal_multiply(&y, &y, &a->den);
	return (rc == DECIMAL_OK ? decimal_compare(&x, &y, order) : rc);
}

static int eval_expr(struct evaluation *v, const struct expr *x,
    struct ratio *d);

/* Take ${one}, the value for item ${n} (from 0), into ${d}. */
static enum decimal_rc
take_one(enum expr_kind kind, struct ratio *d, const struct ratio *one,
    uint64_t n)
{
	enum decimal_rc rc;
	int order;

	if (kind == EXPR_SUM)
		return (add_ratio(d, one, EXPR_ADD));
	if (n == 0) {
		*d = *one;
		return (DECIMAL_OK);
	}
	if ((rc = compare_ratio(one, d, &order)) != DECIMAL_OK)
		return (rc);
	if (kind == EXPR_MIN ? order < 0 : order > 0)
		*d = *one;
	return (DECIMAL_OK);
}

/* sum, min and max over the items; without items, min and max are absent. */
static int
eval_items(struct evaluation *v, const struct expr *x, struct ratio *d)
{
	struct ratio one;
	struct items it;
	uint64_t n = 0;
	int rc;

	set_whole(d);
	if (machine_each(v->m, x->each, &it) == -1)
		return (-1);
	for (; machine_next(v->m, x->each, &it); n++) {
		if ((rc = eval_expr(v, x->a, &one)) != 1)
			return (rc);
		if (take_one(x->kind, d, &one, n) != DECIMAL_OK)
			return (fault_too_large(v->m));
	}
	if (n > 0 || x->kind == EXPR_SUM)
		return (1);
	v->missing = x->each->each;
	return (0);
}

static int
eval_count(struct evaluation *v, const struct expr *x, struct ratio *d)
{
	struct items it;
	char text[24];

	set_whole(d);
	if (machine_each(v->m, x->each, &it) == -1)
		return (-1);
	snprintf(text, sizeof(text), "%" PRIu32, it.left);
	(void)decimal_parse(&d->num, text, strlen(text));
	return (1);
}

/* 1; 0 if a value is absent; -1. */
static int
eval_expr(struct evaluation *v, const struct expr *x, struct ratio *d)
{
	struct ratio b;
	enum decimal_rc ok;
	int rc;

	switch (x->kind) {
	case EXPR_NUMBER:
		d->num = *x->number;
		d->whole = true;
		return (1);
	case EXPR_VALUE:
		return (eval_value(v, x, d));
	case EXPR_SUM:
	case EXPR_MIN:
	case EXPR_MAX:
		return (eval_items(v, x, d));
	case EXPR_COUNT:
		return (eval_count(v, x, d));
	default:
		break;
	}
	if ((rc = eval_expr(v, x->a, d)) != 1 ||
	    (rc = eval_expr(v, x->b, &b)) != 1)
		return (rc);
	if (x->kind == EXPR_DIVIDE && b.num.n == 0)
		return (machine_fault_at(v->m, v->m->prog->record,
		    "division_by_zero", "a division by 0"));
	ok = x->kind == EXPR_MULTIPLY ? multiply_ratio(d, &b) :
	    x->kind == EXPR_DIVIDE ? divide_ratio(d, &b) :
	    add_ratio(d, &b, x->kind);
	return (ok == DECIMAL_OK ? 1 : fault_too_large(v->m));
}

/* Does |d| exceed what ${q} tolerates?  It is |num| / den <= within. */
static enum decimal_rc
is_within(const struct equation *q, struct ratio *d, bool *yes)
{
	static const struct ratio zero = { .whole = true };
	struct ratio within = { .whole = true };
	enum decimal_rc rc;
	int order;

	if (q->within != NULL)
		within.num = *q->within;
	d->num.negative = false;
	rc = compare_ratio(d, q->within != NULL ? &within : &zero, &order);
	*yes = rc == DECIMAL_OK && order <= 0;
	return (rc);
}

int
evaluate_holds(struct machine *m, const struct equation *q,
    const struct ref **missing)
{
	struct evaluation v = { .m = m };
	struct ratio d, right;
	bool yes;
	int rc;

	*missing = NULL;
	if (small_equation_holds(m, q, &yes))
		return (yes);
	if ((rc = eval_expr(&v, q->left, &d)) != 1 ||
	    (rc = eval_expr(&v, q->right, &right)) != 1) {
		*missing = v.missing;
		return (rc);
	}
	*missing = NULL;
	if (add_ratio(&d, &right, EXPR_SUBTRACT) != DECIMAL_OK)
		return (fault_too_large(m));
	if ((q->relation == RELATION_AT_MOST && d.num.negative) ||
	    (q->relation == RELATION_AT_LEAST && !d.num.negative))
		return (1);
	if (is_within(q, &d, &yes) != DECIMAL_OK)
		return (fault_too_large(m));
	return (yes);
}

/* ${d} as text: unchanged, or rounded once if it is a ratio. */
static int
put_ratio(struct machine *m, const struct value *v, struct ratio *d,
    struct buf *out)
{
	enum decimal_rc rc = DECIMAL_OK;

	if (!d->whole)
		rc = decimal_divide(&d->num, &d->num, &d->den, v->scale,
		    v->rounding);
	if (rc == DECIMAL_SCALE)
		return (machine_fault_at(m, m->prog->record, "decimal_scale",
		    "more than %d decimals, and no rounding is allowed",
		    v->scale));
	if (rc != DECIMAL_OK)
		return (fault_too_large(m));
	decimal_format(&d->num, out);
	return (out->failed ? machine_nomem(m) : 1);
}

int
evaluate_text(struct machine *m, const struct value *v, struct buf *out)
{
	struct evaluation e = { .m = m };
	struct ratio d;
	int rc;

	if ((rc = eval_expr(&e, v->compute, &d)) != 1)
		return (rc);
	buf_reset(out); /* the numbers were read in it, too */
	return (put_ratio(m, v, &d, out));
}
