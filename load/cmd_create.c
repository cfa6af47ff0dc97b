/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_create.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/cli/app.h"
#include "lib/report/msg.h"
#include "options.h"
#include "schema.h"
#include "schema_read.h"
#include "target.h"
#include "target_open.h"

#define ROUNDS 5 /* attempts while others are faster */

/* The schema to create, and the report about it. */
struct create {
	const struct options *o;
	struct app *app;
	struct target *target; /* NULL: no database exists yet */
	const char *table;     /* the named one, or NULL */
};

/* Write the result for a table to the summary, also with -q. */
static void
note_done(struct create *c, const char *table, const char *what,
    const char *family)
{
	struct buf *b = &c->app->told;

	buf_printf(b, "%s%s: %s%s%s%s%s", b->len > 0 ? ", " : "", table,
	    family == NULL ? "" : "family ", family == NULL ? "" : family,
	    family == NULL ? "" : " ", c->o->dry_run ? "would be " : "",
	    what);
}

/* Differences are reported, never changed. */
static void
warn_differences(const struct schema_table *want,
    const struct schema_table *have)
{
	const struct schema_family *f;
	size_t i;

	for (i = 0; i < want->n; i++) {
		f = schema_find_family(have, bytes_of(want->family[i].name));
		if (f != NULL && f->type != want->family[i].type)
			msg_log(MSG_WARNING, "type_differs", "%s: family %s "
			    "is %s, not %s; it is left unchanged%s",
			    want->name, f->name, schema_type_name(f->type),
			    schema_type_name(want->family[i].type),
			    f->type == SCHEMA_AGGREGATE ?
			    ", and cannot be loaded into" : "");
		if (f != NULL && !schema_gc_equal(&f->gc, &want->family[i].gc))
			msg_log(MSG_WARNING, "gc_differs", "%s: family %s: "
			    "the garbage-collection rule differs; it is left "
			    "unchanged", want->name, f->name);
	}
	if (want->granularity != SCHEMA_UNKNOWN &&
	    have->granularity != SCHEMA_UNKNOWN &&
	    want->granularity != have->granularity)
		msg_log(MSG_WARNING, "granularity_differs",
		    "%s: the granularity of timestamps differs; it is left "
		    "unchanged", want->name);
}

/* Add to an existing table. 0, 1 if another process was faster, -1. */
static int
add_missing(struct create *c, const struct schema_table *want,
    const struct schema_table *have, struct err *e)
{
	const struct schema_family **missing;
	struct target *t = c->target;
	size_t i, n = 0;
	int rc = 0;

	if ((missing = calloc(want->n + 1, sizeof(*missing))) == NULL)
		return (err_nomem(e));
	for (i = 0; i < want->n; i++)
		if (schema_find_family(have, bytes_of(want->family[i].name)) ==
		    NULL)
			missing[n++] = &want->family[i];
	if (n > 0 && !c->o->dry_run)
		rc = t->ops->add_families(t, want->name, missing, n, e);
	if (rc == 0)
		warn_differences(want, have);
	for (i = 0; i < n && rc == 0; i++) {
		note_done(c, want->name, "added", missing[i]->name);
		if (!c->o->dry_run)
			msg_log(MSG_INFO, "family_added", "%s: family %s "
			    "added", want->name, missing[i]->name);
	}
	if (n == 0)
		buf_printf(&c->app->told, "%s%s: exists already",
		    c->app->told.len > 0 ? ", " : "", want->name);
	free(missing);
	return (rc);
}

/* Create a missing table. 0, 1 if it exists by now, -1. */
static int
make_table(struct create *c, const struct schema_table *want, struct err *e)
{
	struct target *t = c->target;
	int rc = 0;

	if (!c->o->dry_run)
		rc = t->ops->create_table(t, want, e);
	if (rc == 0)
		note_done(c, want->name, "created", NULL);
	if (rc == 0 && !c->o->dry_run)
		msg_log(MSG_INFO, "table_created", "%s: created", want->name);
	return (rc);
}

static int
create_one(struct create *c, const struct schema_table *want, struct err *e)
{
	struct schema_table have;
	struct target *t = c->target;
	int rc = 1, round;

	for (round = 0; rc == 1 && round < ROUNDS; round++) {
		memset(&have, 0, sizeof(have));
		rc = t == NULL ? 0 : t->ops->get_table(t, want->name,
		    TARGET_RETRY, &have, e);
		if (rc == 1)
			rc = add_missing(c, want, &have, e);
		else if (rc == 0)
			rc = make_table(c, want, e);
		schema_table_free(&have);
	}
	if (rc == 1)
		rc = err_set(e, ERR_TEMP, "%s: another client is changing "
		    "it", want->name);
	return (rc);
}

static int
read_wanted(const struct options *o, const char *table, struct schema *s,
    struct err *e)
{
	size_t i;

	if (o->mapping == NULL && table == NULL)
		return (err_set(e, ERR_USAGE,
		    "no tables: give --mapping or --table"));
	if (o->mapping == NULL && o->families.n == 0)
		return (err_set(e, ERR_USAGE, "%s: a table needs --family",
		    table));
	if (o->mapping != NULL && schema_read_from_mapping(o->mapping,
	    o->allow_age, s, e) == -1)
		return (-1);
	if (table != NULL && (o->mapping == NULL || o->families.n > 0) &&
	    schema_read_from_options(o, table, s, e) == -1)
		return (-1);
	for (i = 0; i < s->n; i++)
		s->table[i].granularity =
		    (enum schema_granularity)o->granularity;
	return (0);
}

/* Open the target; a dry run does not create a database. */
static int
open_created(struct create *c, struct err *e)
{
	const struct options *o = c->o;

	if (o->dry_run && o->uri.kind == URI_SQLITE &&
	    access(o->uri.file, F_OK) == -1 && errno == ENOENT)
		return (0);
	c->target = target_open(o, c->app, o->dry_run ? TARGET_READ :
	    TARGET_CREATE, e);
	return (c->target == NULL ? -1 : 0);
}

int
cmd_create(const struct options *o, struct app *app)
{
	struct create c = { .o = o, .app = app };
	struct schema s = { .n = 0 };
	struct err *e = &app->err;
	size_t i;
	int rc;

	/* Create nothing before the entire schema has been checked. */
	c.table = o->table != NULL ? o->table : o->uri.table;
	rc = read_wanted(o, c.table, &s, e);
	if (rc == 0)
		rc = open_created(&c, e);
	for (i = 0; i < s.n && rc == 0; i++)
		rc = create_one(&c, &s.table[i], e);
	target_close(c.target);
	schema_free(&s);
	return (rc);
}

int
cmd_create_missing(const struct options *o, struct app *app)
{
	struct options making = *o;

	making.mapping = o->create;
	making.table = NULL;
	making.dry_run = false;
	return (cmd_create(&making, app));
}
