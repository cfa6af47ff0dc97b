/* SPDX-License-Identifier: Apache-2.0 */
#include "compile_checks.h"

#include <string.h>

#include "compile_conditions.h"
#include "equation.h"
#include "lib/base/err.h"
#include "transform/value/decimal.h"

#define MAX_LENGTH (16 << 20)
#define DEFAULT_UNIQUE 1000000
#define MAX_UNIQUE 100000000

static const char *const policies[] = { "reject", "warn", "tag", NULL };
static const char *const type_names[] = { "string", "number", "boolean",
	"array", "object", "decimal", "integer", NULL };
static const char *const fiscal_names[] = { "cnpj", "cpf", "cnpj_or_cpf",
	"access_key", "nfse_key", "dps_id", NULL };

/* The stable reason of each kind. */
static const char *const codes[] = {
	[CHECK_REQUIRED] = "required",
	[CHECK_TYPE] = "bad_type",
	[CHECK_PATTERN] = "pattern",
	[CHECK_IN] = "not_allowed",
	[CHECK_MIN] = "range",
	[CHECK_MAX] = "range",
	[CHECK_MIN_LENGTH] = "length",
	[CHECK_MAX_LENGTH] = "length",
	[CHECK_CNPJ] = "bad_cnpj",
	[CHECK_CPF] = "bad_cpf",
	[CHECK_CNPJ_OR_CPF] = "bad_cnpj_or_cpf",
	[CHECK_ACCESS_KEY] = "bad_access_key",
	[CHECK_NFSE_KEY] = "bad_nfse_key",
	[CHECK_DPS_ID] = "bad_dps_id",
	[CHECK_UNIQUE] = "not_unique",
	[CHECK_EQUATION] = "equation",
};

/* A growing array of checks, and their common settings. */
struct list {
	struct compiler *c;
	const struct config *n;
	struct check *check;
	size_t count;
	struct check common;
	struct err *e;
};

static struct check *
add_check(struct list *l, enum check_kind kind)
{
	struct program *p = l->c->prog;
	struct check *k;

	l->check = pool_grow(&p->pool, l->check, l->count, sizeof(*l->check));
	if (l->check == NULL) {
		err_nomem(l->e);
		return (NULL);
	}
	k = &l->check[l->count++];
	*k = l->common;
	k->kind = kind;
	if ((k->place = refs_place(l->c, l->n)) == NULL) {
		err_nomem(l->e);
		return (NULL);
	}
	if (k->code == NULL)
		k->code = codes[kind];
	p->code = pool_grow(&p->pool, p->code, p->nchecks, sizeof(char *));
	if (p->code == NULL) {
		err_nomem(l->e);
		return (NULL);
	}
	p->code[p->nchecks] = k->code;
	k->number = p->nchecks++;
	return (k);
}

static int
read_bound(struct list *l, const struct config *n, const struct decimal **out)
{
	struct decimal *d = pool_alloc(&l->c->prog->pool, sizeof(*d));
	const char *s;

	if (d == NULL)
		return (err_nomem(l->e));
	if (!config_is_string(n))
		return (config_wrong(n, l->e, "a decimal as a string, such as "
		    "\"0.01\", so that it is exact"));
	if (config_string(n, &s, l->e) == -1)
		return (-1);
	if (decimal_parse(d, s, strlen(s)) != DECIMAL_OK)
		return (config_wrong(n, l->e, "a decimal such as \"0.01\""));
	*out = d;
	return (0);
}

static int
read_bounds(struct list *l)
{
	static const struct {
		const char *key;
		enum check_kind kind;
	} members[] = { { "min", CHECK_MIN }, { "max", CHECK_MAX },
		{ "min_length", CHECK_MIN_LENGTH },
		{ "max_length", CHECK_MAX_LENGTH } };
	struct config m;
	struct check *k;
	int64_t v;
	size_t i;

	for (i = 0; i < 4; i++) {
		if (!config_member(l->n, members[i].key, &m))
			continue;
		if ((k = add_check(l, members[i].kind)) == NULL)
			return (-1);
		if (i < 2 && read_bound(l, &m, &k->bound) == -1)
			return (-1);
		if (i < 2)
			continue;
		if (config_number(&m, 0, MAX_LENGTH, &v, l->e) == -1)
			return (-1);
		k->length = (size_t)v;
	}
	return (0);
}

/* The checks that a value can have, too. */
static int
read_text_checks(struct list *l)
{
	struct config m;
	struct check *k;
	int choice;

	if (config_member(l->n, "pattern", &m) &&
	    ((k = add_check(l, CHECK_PATTERN)) == NULL ||
	    compile_conditions_pattern(l->c, &m, &k->pattern, l->e) == -1))
		return (-1);
	if (config_member(l->n, "in", &m) && ((k = add_check(l, CHECK_IN)) ==
	    NULL
	    || compile_conditions_texts(l->c, &m, &k->in, &k->nin, l->e) == -1))
		return (-1);
	if (read_bounds(l) == -1)
		return (-1);
	if (!config_member(l->n, "check", &m))
		return (0);
	if (config_choice(&m, fiscal_names, &choice, l->e) == -1)
		return (-1);
	return (add_check(l, (enum check_kind)(CHECK_CNPJ + choice)) == NULL ?
	    -1 : 0);
}

/* "on_fail" and "code". */
static int
read_policy(struct list *l)
{
	struct config m;
	const char *s;
	int choice = 0;

	if (config_member(l->n, "on_fail", &m) &&
	    config_choice(&m, policies, &choice, l->e) == -1)
		return (-1);
	l->common.policy = (enum check_policy)choice;
	if (!config_member(l->n, "code", &m))
		return (0);
	if (config_string(&m, &s, l->e) == -1)
		return (-1);
	if (*s == '\0' || strlen(s) > 31 ||
	    s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
		return (config_wrong(&m, l->e, "1 to 31 of a-z 0-9 _"));
	l->common.code = pool_copy(&l->c->prog->pool, s, strlen(s));
	return (l->common.code == NULL ? err_nomem(l->e) : 0);
}

/* Find a check of ${kind} among those from ${from} on. */
static const struct check *
find_check(const struct list *l, size_t from, enum check_kind kind)
{
	size_t i;

	for (i = from; i < l->count; i++)
		if (l->check[i].kind == kind)
			return (&l->check[i]);
	return (NULL);
}

/* Make sure that some text can pass all checks from ${from} on. */
static int
check_bounds(const struct list *l, size_t from)
{
	const struct check *min = find_check(l, from, CHECK_MIN);
	const struct check *max = find_check(l, from, CHECK_MAX);
	int order;

	if (min != NULL && max != NULL &&
	    decimal_compare(min->bound, max->bound, &order) == DECIMAL_OK &&
	    order > 0)
		return (config_error_at(l->n, "min", l->e, "is greater than "
		    "\"max\": nothing passes"));
	min = find_check(l, from, CHECK_MIN_LENGTH);
	max = find_check(l, from, CHECK_MAX_LENGTH);
	if (min != NULL && max != NULL && min->length > max->length)
		return (config_error_at(l->n, "min_length", l->e, "is greater "
		    "than \"max_length\": nothing passes"));
	return (0);
}

/* "on_fail" and "code" need a check that can fail. */
static int
check_policy_needed(const struct list *l)
{
	struct config m;

	if (l->count > 0)
		return (0);
	if (config_member(l->n, "on_fail", &m) ||
	    config_member(l->n, "code", &m))
		return (config_error(&m, l->e, "has no effect without a "
		    "check"));
	return (0);
}

int
compile_checks_of_value(struct compiler *c, const struct config *n,
    struct value *v, struct err *e)
{
	struct list l = { .c = c, .n = n, .e = e };

	l.common.ref = v->name;
	if (read_policy(&l) == -1 || read_text_checks(&l) == -1 ||
	    check_bounds(&l, 0) == -1 || check_policy_needed(&l) == -1)
		return (-1);
	v->check = l.check;
	v->ncheck = l.count;
	return (0);
}

/* The members of a check with "from". */
static int
check_equation_members(struct list *l)
{
	static const char *const others[] = { "from", "required", "type",
		"pattern", "in", "min", "max", "min_length", "max_length",
		"check", "unique" };
	struct config m;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (config_member(l->n, others[i], &m))
			return (config_error(&m, l->e, "has no effect beside "
			    "\"equation\"; write a check of its own"));
	return (0);
}

static int
read_equation(struct list *l, const struct config *n)
{
	struct check *k = add_check(l, CHECK_EQUATION);
	struct equation *q;
	struct config m;
	const char *s;

	if (k == NULL || check_equation_members(l) == -1 ||
	    config_string(n, &s, l->e) == -1 ||
	    (q = equation_parse(l->c, n, s, l->e)) == NULL)
		return (-1);
	k->equation = q;
	return (config_member(l->n, "within", &m) ?
	    read_bound(l, &m, &q->within) : 0);
}

static int
read_unique(struct list *l)
{
	struct config m;
	bool on;
	int64_t limit = DEFAULT_UNIQUE;

	if (!config_member(l->n, "unique", &m))
		return (0);
	if (config_is_object(&m)) {
		static const char *const keys[] = { "limit", NULL };
		struct config lim;

		if (config_object(&m, keys, l->e) == -1)
			return (-1);
		on = true;
		if (config_member(&m, "limit", &lim) &&
		    config_number(&lim, 1, MAX_UNIQUE, &limit, l->e) == -1)
			return (-1);
	} else if (config_bool(&m, &on, l->e) == -1)
		return (-1);
	if (!on)
		return (0);
	l->c->prog->unique_limit += (size_t)limit;
	return (add_check(l, CHECK_UNIQUE) == NULL ? -1 : 0);
}

static int
read_reference_checks(struct list *l)
{
	const struct ref *r = l->common.ref;
	struct config m;
	struct check *k;
	size_t before = l->count, typed;
	bool on = false, has_list;
	int type;

	if (config_member(l->n, "required", &m) &&
	    config_bool(&m, &on, l->e) == -1)
		return (-1);
	if (on && add_check(l, CHECK_REQUIRED) == NULL)
		return (-1);
	if (config_member(l->n, "type", &m)) {
		if ((k = add_check(l, CHECK_TYPE)) == NULL ||
		    config_choice(&m, type_names, &type, l->e) == -1)
			return (-1);
		k->type = (enum check_type)type;
	}
	if (l->count > before && !r->plain)
		return (config_error(l->n, l->e,
		    "required and type take a plain "
		    "reference without functions"));
	if (config_member(l->n, "within", &m))
		return (config_error(&m, l->e, "only with \"equation\""));
	k = l->count > before ? &l->check[l->count - 1] : NULL;
	has_list = k != NULL && k->kind == CHECK_TYPE &&
	    (k->type == CHECK_TYPE_ARRAY || k->type == CHECK_TYPE_OBJECT);
	typed = l->count;
	if (read_text_checks(l) == -1 || read_unique(l) == -1)
		return (-1);
	if (has_list && l->count > typed)
		return (config_error_at(l->n, "type", l->e, "an array or "
		    "object has no text for the other checks"));
	return (check_bounds(l, before));
}

/* One entry of a list. */
static int
read_entry(struct list *l)
{
	static const char *const keys[] = { "from", "required", "type",
		"pattern", "in", "min", "max", "min_length", "max_length",
		"check", "unique", "equation", "within", "for_each", "when",
		"on_fail", "code", "description", NULL };
	struct config m;
	struct scope *each = NULL;
	size_t before = l->count;
	int rc = -1;

	memset(&l->common, 0, sizeof(l->common));
	if (config_object(l->n, keys, l->e) == -1 || read_policy(l) == -1)
		return (-1);
	if (config_member(l->n, "for_each", &m)) {
		if (refs_enter(l->c, &m, &each, l->e) == -1)
			return (-1);
		l->common.each = each;
	}
	if (!config_member(l->n, "when", &m) ||
	    compile_conditions_when(l->c, &m, &l->common.when, l->e) == 0) {
		if (config_member(l->n, "equation", &m))
			rc = read_equation(l, &m);
		else if (!config_member(l->n, "from", &m))
			rc = config_error(l->n, l->e,
			    "expected \"from\" or \"equation\"");
		else if (refs_ref(l->c, &m, &l->common.ref, l->e) == 0)
			rc = read_reference_checks(l);
	}
	if (rc == 0 && l->count == before)
		rc = config_error(l->n, l->e, "checks nothing");
	if (each != NULL)
		refs_leave(l->c);
	return (rc);
}

int
compile_checks_list(struct compiler *c, const struct config *n,
    const struct check **check, size_t *count, struct err *e)
{
	struct list l = { .c = c, .e = e };
	struct config item;
	size_t i;

	if (!config_is_array(n))
		return (config_wrong(n, e, "an array of checks"));
	for (i = 0; i < config_size(n); i++) {
		config_item(n, i, &item);
		l.n = &item;
		if (read_entry(&l) == -1)
			return (-1);
	}
	*check = l.check;
	*count = l.count;
	return (0);
}
