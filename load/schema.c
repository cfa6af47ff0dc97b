/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"

#include <stdlib.h>
#include <string.h>

void
schema_gc_free(struct gc_rule *g)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		schema_gc_free(&g->rule[i]);
	free(g->rule);
	memset(g, 0, sizeof(*g));
}

void
schema_table_free(struct schema_table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		free(t->family[i].name);
		schema_gc_free(&t->family[i].gc);
	}
	for (i = 0; i < t->nsplits; i++)
		free((void *)(uintptr_t)t->split[i].p);
	free(t->family);
	free(t->split);
	free(t->name);
	memset(t, 0, sizeof(*t));
}

void
schema_free(struct schema *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		schema_table_free(&s->table[i]);
	free(s->table);
	memset(s, 0, sizeof(*s));
}

struct schema_table *
schema_add_table(struct schema *s, const char *name)
{
	struct schema_table *t;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->table[i].name, name) == 0)
			return (&s->table[i]);
	t = realloc(s->table, (s->n + 1) * sizeof(*t));
	if (t == NULL)
		return (NULL);
	s->table = t;
	t += s->n;
	memset(t, 0, sizeof(*t));
	if ((t->name = strdup(name)) == NULL)
		return (NULL);
	s->n++;
	return (t);
}

struct schema_family *
schema_add_family(struct schema_table *t, const char *name)
{
	struct schema_family *f;
	size_t i;

	for (i = 0; i < t->n; i++)
		if (strcmp(t->family[i].name, name) == 0)
			return (&t->family[i]);
	f = realloc(t->family, (t->n + 1) * sizeof(*f));
	if (f == NULL)
		return (NULL);
	t->family = f;
	f += t->n;
	memset(f, 0, sizeof(*f));
	if ((f->name = strdup(name)) == NULL)
		return (NULL);
	t->n++;
	return (f);
}

int
schema_add_split(struct schema_table *t, struct bytes key)
{
	struct bytes *s;
	uint8_t *copy;

	s = realloc(t->split, (t->nsplits + 1) * sizeof(*s));
	if (s == NULL)
		return (-1);
	t->split = s;
	if ((copy = malloc(key.n + 1)) == NULL)
		return (-1);
	memcpy(copy, key.p, key.n);
	s[t->nsplits].p = copy;
	s[t->nsplits++].n = key.n;
	return (0);
}

const struct schema_family *
schema_find_family(const struct schema_table *t, struct bytes name)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (bytes_equal(bytes_of(t->family[i].name), name))
			return (&t->family[i]);
	return (NULL);
}

const char *
schema_type_name(enum schema_type t)
{
	static const char *const names[] = {
		[SCHEMA_UNTYPED] = "untyped",
		[SCHEMA_BYTES] = "bytes",
		[SCHEMA_STRING] = "string",
		[SCHEMA_INT64] = "int64",
		[SCHEMA_AGGREGATE] = "aggregate",
		[SCHEMA_OTHER] = "of another type"
	};

	return (names[t]);
}

bool
schema_gc_equal(const struct gc_rule *a, const struct gc_rule *b)
{
	size_t i;

	if (a->kind != b->kind || a->n != b->n ||
	    a->versions != b->versions || a->age_s != b->age_s)
		return (false);
	for (i = 0; i < a->n; i++)
		if (!schema_gc_equal(&a->rule[i], &b->rule[i]))
			return (false);
	return (true);
}

/*
 * A union collects cells that any rule would collect, an intersection those
 * that all rules would collect.
 */
uint64_t
schema_gc_max_age(const struct gc_rule *g)
{
	uint64_t age, result = 0;
	size_t i;

	if (g->kind == GC_AGE)
		return (g->age_s);
	for (i = 0; i < g->n; i++) {
		age = schema_gc_max_age(&g->rule[i]);
		if (g->kind == GC_INTERSECTION && age == 0)
			return (0);
		if (result == 0 ||
		    (age != 0 && (g->kind == GC_UNION ? age < result :
		    age > result)))
			result = age;
	}
	return (result);
}
