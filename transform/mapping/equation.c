/* SPDX-License-Identifier: Apache-2.0 */
#include "equation.h"

#include <string.h>

#include "lib/base/err.h"
#include "transform/value/decimal.h"

#define MAX_NESTING 32

struct parser {
	struct compiler *c;
	const struct config *n;
	const char *p;
	int depth;
	bool divides;
	struct err *e;
};

static const struct expr *parse_terms(struct parser *q);

static const struct expr *
report_expected(struct parser *q, const char *expected)
{

	(void)config_error(q->n, q->e, "at \"%.30s\": expected %s", q->p,
	    expected);
	return (NULL);
}

static struct expr *
make_expr(struct parser *q, enum expr_kind kind)
{
	struct expr *x = pool_alloc(&q->c->prog->pool, sizeof(*x));

	if (x == NULL)
		err_nomem(q->e);
	else
		x->kind = kind;
	return (x);
}

static void
skip_spaces(struct parser *q)
{

	while (*q->p == ' ')
		q->p++;
}

static bool
take_word(struct parser *q, const char *word)
{
	size_t n = strlen(word);

	skip_spaces(q);
	if (strncmp(q->p, word, n) != 0)
		return (false);
	q->p += n;
	return (true);
}

/* The length of the reference or number at q->p. */
static size_t
measure_word(const struct parser *q)
{

	return (strcspn(q->p, " ,()"));
}

static const struct expr *
parse_number(struct parser *q)
{
	struct expr *x = make_expr(q, EXPR_NUMBER);
	struct decimal *d = pool_alloc(&q->c->prog->pool, sizeof(*d));
	size_t n = measure_word(q);

	if (x == NULL || d == NULL) {
		err_nomem(q->e);
		return (NULL);
	}
	if (decimal_parse(d, q->p, n) != DECIMAL_OK)
		return (report_expected(q, "a decimal number"));
	x->number = d;
	q->p += n;
	return (x);
}

static const struct expr *
parse_reference(struct parser *q)
{
	struct expr *x = make_expr(q, EXPR_VALUE);
	size_t n = measure_word(q);
	struct ref *r;

	if (x == NULL)
		return (NULL);
	x->optional = n > 0 && q->p[n - 1] == '?';
	if (refs_text(q->c, q->n, q->p, n - x->optional, &r, q->e) == -1)
		return (NULL);
	x->ref = r;
	q->p += n;
	return (x);
}

/* After "sum(" and the like: a reference, and perhaps a term for each item. */
static const struct expr *
parse_items(struct parser *q, enum expr_kind kind)
{
	struct expr *x = make_expr(q, kind);
	struct scope *s;
	size_t n;

	if (x == NULL)
		return (NULL);
	skip_spaces(q);
	n = measure_word(q);
	if (refs_enter_text(q->c, q->n, q->p, n, &s, q->e) == -1)
		return (NULL);
	q->p += n;
	x->each = s;
	if (kind != EXPR_COUNT)
		x->a = take_word(q, ",") ? parse_terms(q) :
		    report_expected(q, "a comma and what of each item");
	refs_leave(q->c);
	if (kind != EXPR_COUNT && x->a == NULL)
		return (NULL);
	return (take_word(q, ")") ? x : report_expected(q, "\")\""));
}

static const struct expr *
parse_factor(struct parser *q)
{
	static const struct {
		const char *word;
		enum expr_kind kind;
	} over[] = { { "sum(", EXPR_SUM }, { "count(", EXPR_COUNT },
		{ "min(", EXPR_MIN }, { "max(", EXPR_MAX } };
	const struct expr *x;
	size_t i;

	skip_spaces(q);
	for (i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		if (take_word(q, over[i].word))
			return (parse_items(q, over[i].kind));
	if (take_word(q, "(")) {
		if ((x = parse_terms(q)) == NULL)
			return (NULL);
		return (take_word(q, ")") ? x : report_expected(q, "\")\""));
	}
	if (*q->p >= '0' && *q->p <= '9')
		return (parse_number(q));
	if (*q->p != '\0' && strchr("/.#^$", *q->p) != NULL)
		return (parse_reference(q));
	return (report_expected(q, "a reference, a number, sum(, count(, min(, "
	    "max( or ("));
}

static const struct expr *
parse_product(struct parser *q)
{
	const struct expr *x = parse_factor(q);
	struct expr *up;
	bool times;

	while (x != NULL && ((times = take_word(q, "* ")) ||
	    take_word(q, "/ "))) {
		up = make_expr(q, times ? EXPR_MULTIPLY : EXPR_DIVIDE);
		if (up == NULL)
			return (NULL);
		q->divides |= !times;
		up->a = x;
		if ((up->b = parse_factor(q)) == NULL)
			return (NULL);
		x = up;
	}
	return (x);
}

static const struct expr *
parse_terms(struct parser *q)
{
	const struct expr *x;
	struct expr *up;
	bool add;

	if (++q->depth > MAX_NESTING)
		return (report_expected(q, "parentheses nested at most 32 "
		    "deep"));
	x = parse_product(q);
	while (x != NULL && ((add = take_word(q, "+ ")) || take_word(q, "- ")))
	    {
		if ((up = make_expr(q, add ? EXPR_ADD : EXPR_SUBTRACT)) == NULL)
			return (NULL);
		up->a = x;
		if ((up->b = parse_product(q)) == NULL)
			return (NULL);
		x = up;
	}
	q->depth--;
	return (x);
}

const struct ref *
equation_name(const struct expr *x)
{
	const struct ref *r = NULL;

	if (x->kind == EXPR_VALUE)
		return (x->ref->kind == REF_VALUE ? x->ref : NULL);
	if (x->each != NULL)
		return (x->each->each);
	if (x->b != NULL)
		r = equation_name(x->b);
	if (r == NULL && x->a != NULL)
		r = equation_name(x->a);
	return (r);
}

struct equation *
equation_parse(struct compiler *c, const struct config *n, const char *text,
    struct err *e)
{
	struct equation *q = pool_alloc(&c->prog->pool, sizeof(*q));
	struct parser p = { .c = c, .n = n, .p = text, .e = e };

	if (q == NULL) {
		err_nomem(e);
		return (NULL);
	}
	if ((q->left = parse_terms(&p)) == NULL)
		return (NULL);
	if (take_word(&p, "<= "))
		q->relation = RELATION_AT_MOST;
	else if (take_word(&p, ">= "))
		q->relation = RELATION_AT_LEAST;
	else if (!take_word(&p, "= ")) {
		(void)report_expected(&p,
		    "an operator (+ - * / with a space after it), =, "
		    "<= or >=");
		return (NULL);
	}
	if ((q->right = parse_terms(&p)) == NULL)
		return (NULL);
	if ((q->name = equation_name(q->right)) == NULL)
		q->name = equation_name(q->left);
	skip_spaces(&p);
	if (*p.p != '\0') {
		(void)report_expected(&p,
		    "the end, or an operator with spaces");
		return (NULL);
	}
	return (q);
}

int
equation_compute(struct compiler *c, const struct config *n, const char *text,
    const struct expr **out, bool *divides, struct err *e)
{
	struct parser p = { .c = c, .n = n, .p = text, .e = e };

	if ((*out = parse_terms(&p)) == NULL)
		return (-1);
	skip_spaces(&p);
	if (*p.p != '\0') {
		(void)report_expected(&p, "the end, or an operator (+ - * /) "
		    "with a space after it");
		return (-1);
	}
	*divides = p.divides;
	return (0);
}
