/* SPDX-License-Identifier: Apache-2.0 */
#include "compile_conditions.h"

#include <string.h>

#include "lib/base/err.h"
#include "pattern.h"

#define MAX_NESTING 16

int
compile_conditions_pattern(struct compiler *c, const struct config *n,
    const regex_t **out, struct err *e)
{
	struct err why = { 0 };
	const char *s;

	if (config_string(n, &s, e) == -1)
		return (-1);
	if (pattern_compile(&c->prog->patterns, s, PATTERN_WHOLE, out,
	    &why) == 0)
		return (0);
	return (why.class == ERR_CONFIG ? config_error(n, e, "%s", why.msg) :
	    err_nomem(e));
}

int
compile_conditions_texts(struct compiler *c, const struct config *n,
    const struct text **out, size_t *count, struct err *e)
{
	size_t i, size = config_size(n);
	struct text *t;
	struct config item;
	const char *s;

	if (!config_is_array(n) || size == 0)
		return (config_wrong(n, e, "an array of one string or more"));
	if ((t = pool_alloc(&c->prog->pool, 2 * size * sizeof(*t))) == NULL)
		return (err_nomem(e));
	for (i = 0; i < size; i++) {
		config_item(n, i, &item);
		if (config_string(&item, &s, e) == -1)
			return (-1);
		t[i].n = strlen(s);
		t[i].p = pool_copy(&c->prog->pool, s, t[i].n);
		if (t[i].p == NULL)
			return (err_nomem(e));
	}
	/* A sorted copy for lookups. */
	memcpy(t + size, t, size * sizeof(*t));
	program_sort_texts(t + size, size);
	*out = t;
	*count = size;
	return (0);
}

static int compile_condition(struct compiler *c, const struct config *n,
    struct condition *w, int depth, struct err *e);

/* "all", "any": an array of conditions; "not": one. */
static int
compile_combined(struct compiler *c, const struct config *n, struct condition
    *w, int depth, struct err *e)
{
	size_t size = config_is_array(n) ? config_size(n) : 1, i;
	struct condition *sub;
	struct config item;

	if (w->kind != CONDITION_NOT && (!config_is_array(n) || size == 0))
		return (config_wrong(n, e, "an array of conditions"));
	if (depth == MAX_NESTING)
		return (config_error(n, e, "conditions nested too deeply"));
	if ((sub = pool_alloc(&c->prog->pool, size * sizeof(*sub))) == NULL)
		return (err_nomem(e));
	w->sub = sub;
	w->nsub = size;
	if (w->kind == CONDITION_NOT)
		return (compile_condition(c, n, sub, depth + 1, e));
	for (i = 0; i < size; i++) {
		config_item(n, i, &item);
		if (compile_condition(c, &item, &sub[i], depth + 1, e) == -1)
			return (-1);
	}
	return (0);
}

/* {"from": reference} and the test for it. */
static int
compile_simple(struct compiler *c, const struct config *n, struct condition *w,
    struct err *e)
{
	struct config m;
	struct text *one;
	const char *s;

	if (!config_member(n, "from", &m))
		return (config_error(n, e,
		    "expected \"from\", \"all\", \"any\" " "or \"not\""));
	if (refs_ref(c, &m, &w->ref, e) == -1)
		return (-1);
	if (config_size(n) != 2)
		return (config_error(n, e, "expected \"from\" and one of "
		    "\"exists\", \"equals\", \"in\" and \"pattern\""));
	if (config_member(n, "exists", &m)) {
		w->kind = CONDITION_EXISTS;
		return (config_bool(&m, &w->exists, e));
	}
	if (config_member(n, "pattern", &m)) {
		w->kind = CONDITION_PATTERN;
		return (compile_conditions_pattern(c, &m, &w->pattern, e));
	}
	w->kind = CONDITION_IN;
	if (config_member(n, "in", &m))
		return (compile_conditions_texts(c, &m, &w->in, &w->nin, e));
	(void)config_member(n, "equals", &m);
	if (config_string(&m, &s, e) == -1)
		return (-1);
	if ((one = pool_alloc(&c->prog->pool, sizeof(*one))) == NULL ||
	    (one->p = pool_copy(&c->prog->pool, s, strlen(s))) == NULL)
		return (err_nomem(e));
	one->n = strlen(s);
	w->in = one;
	w->nin = 1;
	return (0);
}

static int
compile_condition(struct compiler *c, const struct config *n, struct condition
    *w, int depth, struct err *e)
{
	static const char *const keys[] = { "from", "exists", "equals", "in",
		"pattern", "all", "any", "not", NULL };
	static const struct {
		const char *key;
		enum condition_kind kind;
	} combine[] = { { "all", CONDITION_ALL }, { "any", CONDITION_ANY },
		{ "not", CONDITION_NOT } };
	struct config m;
	size_t i;

	if (config_object(n, keys, e) == -1)
		return (-1);
	for (i = 0; i < sizeof(combine) / sizeof(combine[0]); i++) {
		if (!config_member(n, combine[i].key, &m))
			continue;
		if (config_size(n) != 1)
			return (config_error(n, e, "\"%s\" stands alone",
			    combine[i].key));
		w->kind = combine[i].kind;
		return (compile_combined(c, &m, w, depth, e));
	}
	return (compile_simple(c, n, w, e));
}

int
compile_conditions_when(struct compiler *c, const struct config *n,
    const struct condition **out, struct err *e)
{
	struct condition *w = pool_alloc(&c->prog->pool, sizeof(*w));

	if (w == NULL)
		return (err_nomem(e));
	*out = w;
	return (compile_condition(c, n, w, 0, e));
}
