/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluate.h"

#include <string.h>

#include "texts.h"
#include "transform/value/decimal.h"

static int
fault_too_large(struct machine *m)
{

	return (machine_fault(m, NULL, "decimal_range",
	    "an equation whose numbers have too many digits"));
}

static int
eval_value(struct machine *m, const struct expr *x, struct decimal *d,
    const struct ref **missing)
{
	int rc;

	buf_reset(&m->work);
	if ((rc = texts_ref(m, x->ref, &m->work)) == -1)
		return (-1);
	if (rc == 0 && x->optional) {
		memset(d, 0, sizeof(*d));
		return (1);
	}
	if (rc == 0) {
		*missing = x->ref;
		return (0);
	}
	if (buf_reserve(&m->work, 0) == -1)
		return (machine_nomem(m));
	if (decimal_parse(d, m->work.data, m->work.len) != DECIMAL_OK)
		return (machine_fault(m, x->ref, "bad_decimal",
		    "not a decimal number"));
	return (1);
}

static int eval_expr(struct machine *m, const struct expr *x, struct decimal *d,
    const struct ref **missing);

static int
eval_sum(struct machine *m, const struct expr *x, struct decimal *d,
    const struct ref **missing)
{
	struct decimal one;
	struct items it;
	int rc;

	memset(d, 0, sizeof(*d));
	if (machine_each(m, x->each, &it) == -1)
		return (-1);
	while (machine_next(m, x->each, &it)) {
		if ((rc = eval_expr(m, x->a, &one, missing)) != 1)
			return (rc);
		if (decimal_add(d, d, &one) != DECIMAL_OK)
			return (fault_too_large(m));
	}
	return (1);
}

/* 1; 0 if a value is absent; -1. */
static int
eval_expr(struct machine *m, const struct expr *x, struct decimal *d,
    const struct ref **missing)
{
	struct decimal b;
	enum decimal_rc ok;
	int rc;

	switch (x->kind) {
	case EXPR_NUMBER:
		*d = *x->number;
		return (1);
	case EXPR_VALUE:
		return (eval_value(m, x, d, missing));
	case EXPR_SUM:
		return (eval_sum(m, x, d, missing));
	default:
		break;
	}
	if ((rc = eval_expr(m, x->a, d, missing)) != 1 ||
	    (rc = eval_expr(m, x->b, &b, missing)) != 1)
		return (rc);
	switch (x->kind) {
	case EXPR_MULTIPLY:
		ok = decimal_multiply(d, d, &b);
		break;
	case EXPR_SUBTRACT:
		ok = decimal_subtract(d, d, &b);
		break;
	default:
		ok = decimal_add(d, d, &b);
	}
	return (ok == DECIMAL_OK ? 1 : fault_too_large(m));
}

int
evaluate_holds(struct machine *m, const struct equation *q,
    const struct ref **missing)
{
	static const struct decimal zero;
	struct decimal d, right;
	int rc, order;

	*missing = NULL;
	if ((rc = eval_expr(m, q->left, &d, missing)) != 1 ||
	    (rc = eval_expr(m, q->right, &right, missing)) != 1)
		return (rc);
	if (decimal_subtract(&d, &d, &right) != DECIMAL_OK)
		return (fault_too_large(m));
	if ((q->relation == RELATION_AT_MOST && d.negative) ||
	    (q->relation == RELATION_AT_LEAST && !d.negative))
		return (1);
	d.negative = false;
	if (decimal_compare(&d, q->within != NULL ? q->within : &zero, &order) !=
	    DECIMAL_OK)
		return (fault_too_large(m));
	return (order <= 0);
}
