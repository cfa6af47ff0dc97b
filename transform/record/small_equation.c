/* SPDX-License-Identifier: Apache-2.0 */
#include "small_equation.h"

/* Maximum of digits read in a number, and of decimals in a result. */
#define MAX_DIGITS 18
#define MAX_SCALE 18
/* As in struct decimal: nine digits each. */
#define LIMB 1000000000

/* n / 10^scale */
struct small {
	int64_t n;
	int scale;
};

/* -?digits[.digits] */
static bool
read_small(const uint8_t *p, size_t n, struct small *d)
{
	const uint8_t *end = p + n;
	bool minus = n > 0 && *p == '-';
	uint64_t sum = 0;
	int whole = 0, part = -1;

	if (n > MAX_DIGITS)
		return (false);
	for (p += minus; p < end; p++) {
		if (*p == '.' && part == -1 && whole > 0) {
			part = 0;
			continue;
		}
		if ((uint8_t)(*p - '0') > 9)
			return (false);
		sum = sum * 10 + (uint8_t)(*p - '0');
		whole += part == -1;
		part += part != -1;
	}
	if (whole == 0 || p[-1] == '.')
		return (false);
	d->n = minus ? -(int64_t)sum : (int64_t)sum;
	d->scale = part == -1 ? 0 : part;
	return (true);
}

/* Read a number of the mapping. */
static bool
read_constant_number(const struct decimal *c, struct small *d)
{

	if (c->n > 2 || c->scale < 0 || c->scale > MAX_SCALE)
		return (false);
	d->n = c->n > 0 ? (int64_t)c->limb[0] : 0;
	d->n += c->n > 1 ? (int64_t)c->limb[1] * LIMB : 0;
	d->n = c->negative ? -d->n : d->n;
	d->scale = c->scale;
	return (true);
}

/* Give both numbers the larger of their scales. */
static bool
align_scales(struct small *a, struct small *b)
{

	for (; a->scale < b->scale; a->scale++)
		if (__builtin_mul_overflow(a->n, 10, &a->n))
			return (false);
	for (; b->scale < a->scale; b->scale++)
		if (__builtin_mul_overflow(b->n, 10, &b->n))
			return (false);
	return (true);
}

static bool
read_reference(struct machine *m, const struct expr *x, struct small *d)
{
	const struct ref *r;
	uint32_t t;

	for (r = x->ref; r != NULL; r = r->other)
		if (r->kind != REF_VALUE || r->nfunc > 0 || r->join != NULL)
			return (false);
	r = x->ref;
	if ((t = machine_find(m, &r)) == SCAN_NOT_FOUND) {
		*d = (struct small){ .n = 0 };
		return (r->has_default ? read_small((const uint8_t *)r->dflt.p,
		    r->dflt.n, d) : x->optional);
	}
	return ((m->scan.tok[t].kind == SCAN_NUMBER ||
	    m->scan.tok[t].kind == SCAN_STRING) &&
	    read_small(scan_ptr(&m->scan, t), scan_len(&m->scan, t), d));
}

static bool compute_small(struct machine *m, const struct expr *x,
    struct small *d);

static bool
add_small(struct small *d, struct small *b, enum expr_kind kind)
{

	return (align_scales(d, b) && !(kind == EXPR_SUBTRACT ?
	    __builtin_sub_overflow(d->n, b->n, &d->n) :
	    __builtin_add_overflow(d->n, b->n, &d->n)));
}

static bool
sum_items(struct machine *m, const struct expr *x, struct small *d)
{
	struct small one;
	struct items it;

	*d = (struct small){ .n = 0 };
	if (machine_each(m, x->each, &it) == -1)
		return (false);
	while (machine_next(m, x->each, &it))
		if (!compute_small(m, x->a, &one) ||
		    !add_small(d, &one, EXPR_ADD))
			return (false);
	return (true);
}

static bool
compute_small(struct machine *m, const struct expr *x, struct small *d)
{
	struct small b;

	switch (x->kind) {
	case EXPR_NUMBER:
		return (read_constant_number(x->number, d));
	case EXPR_VALUE:
		return (read_reference(m, x, d));
	case EXPR_SUM:
		return (sum_items(m, x, d));
	case EXPR_ADD:
	case EXPR_SUBTRACT:
		return (compute_small(m, x->a, d) &&
		    compute_small(m, x->b, &b) && add_small(d, &b, x->kind));
	case EXPR_MULTIPLY:
		if (!compute_small(m, x->a, d) || !compute_small(m, x->b, &b))
			return (false);
		d->scale += b.scale;
		return (d->scale <= MAX_SCALE &&
		    !__builtin_mul_overflow(d->n, b.n, &d->n));
	default:
		return (false);
	}
}

bool
small_equation_holds(struct machine *m, const struct equation *q, bool *holds)
{
	struct small d, right, within = { .n = 0 };

	if (!compute_small(m, q->left, &d) ||
	    !compute_small(m, q->right, &right) ||
	    !add_small(&d, &right, EXPR_SUBTRACT) || d.n == INT64_MIN)
		return (false);
	if ((q->relation == RELATION_AT_MOST && d.n < 0) ||
	    (q->relation == RELATION_AT_LEAST && d.n >= 0)) {
		*holds = true;
		return (true);
	}
	d.n = d.n < 0 ? -d.n : d.n;
	if (q->within != NULL && !read_constant_number(q->within, &within))
		return (false);
	if (!align_scales(&d, &within))
		return (false);
	*holds = d.n <= within.n;
	return (true);
}
