/* SPDX-License-Identifier: Apache-2.0 */
#include "gc_warning.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/report/msg.h"
#include "mutation.h"
#include "named.h"
#include "schema.h"
#include "target.h"

/*
 * Younger cells are no reason to ask: a staged run is loaded soon, and no
 * sensible rule collects within the hour.
 */
#define SUSPECT_US ((int64_t)3600 * 1000000)

#define MAX_AGE_S ((uint64_t)1 << 40) /* no cell is older */

struct aged_table {
	struct named named;
	struct schema_table schema;
	bool rules; /* there are some that collect by age */
};

struct gc_warning {
	struct target *target;
	int64_t now; /* microseconds: when the load began */
	struct named *tables; /* each in a struct aged_table */
};

struct gc_warning *
gc_warning_new(struct target *t, struct err *e)
{
	struct gc_warning *a;

	if ((a = calloc(1, sizeof(*a))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	a->target = t;
	a->now = clock_micros();
	return (a);
}

void
gc_warning_free(struct gc_warning *a)
{
	struct aged_table *t;

	if (a == NULL)
		return;
	while ((t = (struct aged_table *)named_drop(&a->tables)) != NULL) {
		schema_table_free(&t->schema);
		free(t);
	}
	free(a);
}

/* Ask for the rules, once.  That they are not to be had is no failure. */
static int
get_rules(struct gc_warning *a, struct aged_table *t, struct err *e)
{
	struct target *target = a->target;
	struct err why = { .class = ERR_NONE };
	size_t i;

	if (target->ops->get_table(target, (const char *)t->named.name.p,
	    TARGET_ONCE, &t->schema,
	    &why) == -1) {
		if (why.class == ERR_SIGNAL) {
			*e = why;
			return (-1);
		}
		msg_log(MSG_INFO, "rules_unknown", "%s: cells are old, and "
		    "the rules of collection are not known: %s",
		    (const char *)t->named.name.p,
		    why.msg);
		return (0);
	}
	for (i = 0; i < t->schema.n; i++)
		t->rules = t->rules ||
		    schema_gc_max_age(&t->schema.family[i].gc) != 0;
	return (0);
}

static struct aged_table *
find_rules(struct gc_warning *a, struct bytes name, struct err *e)
{
	struct aged_table *t;

	t = (struct aged_table *)named_find(&a->tables, name);
	if (t != NULL)
		return (t);
	if ((t = calloc(1, sizeof(*t))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	if (named_add(&a->tables, &t->named, name, e) == -1) {
		free(t);
		return (NULL);
	}
	return (get_rules(a, t, e) == 0 ? t : NULL);
}

static void
warn_if_aged(const struct gc_warning *a, struct aged_table *t,
    const struct mutation *m,
    const struct mutation_cell *c)
{
	struct schema_family *f;
	uint64_t age;
	size_t i;

	for (i = 0; i < t->schema.n; i++) {
		f = &t->schema.family[i];
		if (!bytes_equal(bytes_of(f->name), c->family))
			continue;
		age = schema_gc_max_age(&f->gc);
		if (age == 0 || age > MAX_AGE_S ||
		    c->ts >= a->now - (int64_t)age * 1000000)
			return;
		msg_log(MSG_WARNING, "older_than_rule", "line %" PRIu64
		    ": %s: family %s collects what is older than %" PRIu64
		    " s, and so this cell", m->line,
		    (const char *)t->named.name.p, f->name, age);
		schema_gc_free(&f->gc); /* once is enough */
		return;
	}
}

int
gc_warning_check(struct gc_warning *a, const struct mutation *m, struct err *e)
{
	struct aged_table *t;
	size_t i;

	for (i = 0; i < m->ncells; i++)
		if (!m->cell[i].delete && m->cell[i].ts < a->now - SUSPECT_US)
			break;
	if (i == m->ncells)
		return (0);
	if ((t = find_rules(a, m->table, e)) == NULL)
		return (-1);
	for (; i < m->ncells && t->rules; i++)
		if (!m->cell[i].delete)
			warn_if_aged(a, t, m, &m->cell[i]);
	return (0);
}
