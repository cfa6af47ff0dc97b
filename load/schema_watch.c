/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_watch.h"

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
 * Younger cells are no reason for a request: a staged run is loaded soon, and
 * no sensible rule collects cells within an hour.
 */
#define SUSPECT_US ((int64_t)3600 * 1000000)

/* Milliseconds of 1973 and later, read as microseconds, are before 1971. */
#define MILLIS_FROM ((int64_t)100000000000)
#define MILLIS_UNTIL ((int64_t)31536000000000)

#define MAX_AGE_S ((uint64_t)1 << 40) /* no cell is older */

struct watched_table {
	struct named named;
	struct schema_table schema;
	bool rules;      /* some families collect by age */
	bool aggregates; /* some families aggregate */
};

struct schema_watch {
	struct target *target;
	int64_t now; /* microseconds: when the load began */
	bool warned; /* of timestamps in 1970 */
	struct named_list tables; /* each in a struct watched_table */
};

struct schema_watch *
schema_watch_new(struct target *t, struct err *e)
{
	struct schema_watch *a;

	if ((a = calloc(1, sizeof(*a))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	a->target = t;
	a->now = clock_micros();
	return (a);
}

void
schema_watch_free(struct schema_watch *a)
{
	struct watched_table *t;

	if (a == NULL)
		return;
	while ((t = (struct watched_table *)named_drop(&a->tables)) != NULL) {
		schema_table_free(&t->schema);
		free(t);
	}
	free(a);
}

/* Request the schema, once.  It is not an error if it is unavailable. */
static int
get_schema(struct schema_watch *a, struct watched_table *t, struct err *e)
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
		msg_log(MSG_INFO, "rules_unknown", "%s: the table's "
		    "schema is not known, and not compared: %s",
		    (const char *)t->named.name.p, why.msg);
		return (0);
	}
	for (i = 0; i < t->schema.n; i++) {
		t->rules = t->rules ||
		    schema_gc_max_age(&t->schema.family[i].gc) != 0;
		t->aggregates = t->aggregates ||
		    t->schema.family[i].type == SCHEMA_AGGREGATE;
	}
	return (0);
}

static struct watched_table *
find_watched(struct schema_watch *a, struct bytes name, struct err *e)
{
	struct watched_table *t;

	t = (struct watched_table *)named_find(&a->tables, name);
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
	return (get_schema(a, t, e) == 0 ? t : NULL);
}

static void
warn_if_aged(const struct schema_watch *a, struct watched_table *t,
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

/* Data written to an aggregate twice are added twice, so replays are unsafe. */
static int
check_aggregates(const struct watched_table *t, const struct mutation *m,
    struct err *e)
{
	const struct schema_family *f;
	size_t i;

	for (i = 0; i < m->ncells; i++) {
		f = schema_find_family(&t->schema, m->cell[i].family);
		if (f != NULL && f->type == SCHEMA_AGGREGATE)
			return (err_set_code(e, ERR_CONFIG, "aggregate",
			    "%s: family %s is an aggregate: loading again "
			    "would change its values, so it is not supported",
			    (const char *)t->named.name.p, f->name));
	}
	return (0);
}

/* Milliseconds instead of microseconds give a time in 1970. */
static void
warn_if_millis(struct schema_watch *a, const struct mutation *m)
{
	size_t i;

	for (i = 0; i < m->ncells && !a->warned; i++) {
		if (m->cell[i].delete || m->cell[i].ts < MILLIS_FROM ||
		    m->cell[i].ts >= MILLIS_UNTIL)
			continue;
		a->warned = true;
		msg_log(MSG_WARNING, "millis_as_micros", "line %" PRIu64 ": a "
		    "timestamp in 1970: milliseconds where microseconds are "
		    "expected?", m->line);
	}
}

int
schema_watch_check(struct schema_watch *a, const struct mutation *m,
    struct err *e)
{
	struct watched_table *t;
	size_t i;

	if (!a->warned)
		warn_if_millis(a, m);
	if ((t = find_watched(a, m->table, e)) == NULL ||
	    (t->aggregates && check_aggregates(t, m, e) == -1))
		return (-1);
	for (i = 0; i < m->ncells && t->rules; i++)
		if (!m->cell[i].delete && m->cell[i].ts < a->now - SUSPECT_US)
			warn_if_aged(a, t, m, &m->cell[i]);
	return (0);
}
