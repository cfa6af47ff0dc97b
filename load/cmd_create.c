/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_create.h"

#include <stdlib.h>

#include "lib/app.h"
#include "lib/err.h"
#include "lib/msg.h"
#include "options.h"
#include "schema.h"
#include "tables.h"
#include "target.h"

/* What is there is only added to; what differs is told, never changed. */
static int
compare(struct target *t, const struct schema_table *want,
    const struct schema_table *have, struct err *e)
{
	const struct schema_family **missing, *f;
	size_t i, n = 0;
	int rc = 0;

	if ((missing = calloc(want->n + 1, sizeof(*missing))) == NULL)
		return (err_nomem(e));
	for (i = 0; i < want->n; i++) {
		f = schema_find_family(have, bytes_of(want->family[i].name));
		if (f == NULL)
			missing[n++] = &want->family[i];
		else if (!schema_gc_equal(&f->gc, &want->family[i].gc))
			msg_log(MSG_WARNING, "gc_differs", "%s: family %s: "
			    "the garbage-collection rule is another one; it "
			    "is left as it is", want->name, f->name);
	}
	if (want->micros_known && have->micros_known &&
	    want->micros != have->micros)
		msg_log(MSG_WARNING, "granularity_differs",
		    "%s: the granularity of timestamps is another one",
		    want->name);
	for (i = 0; i < n; i++)
		msg_log(MSG_INFO, "family_added", "%s: family %s added",
		    want->name, missing[i]->name);
	if (n > 0)
		rc = t->ops->add_families(t->self, want->name, missing, n, e);
	free(missing);
	return (rc);
}

static int
one_table(struct target *t, const struct schema_table *want, struct err *e)
{
	struct schema_table have = { 0 };
	int rc;

	rc = t->ops->get_table(t->self, want->name, false, &have, e);
	if (rc == 1) {
		rc = compare(t, want, &have, e);
	} else if (rc == 0) {
		rc = t->ops->create_table(t->self, want, e);
		if (rc == 0)
			msg_log(MSG_INFO, "table_created", "%s: created",
			    want->name);
	}
	schema_table_free(&have);
	return (rc);
}

static int
wanted(const struct options *o, const struct target *t, struct schema *s,
    struct err *e)
{
	size_t i;

	if (o->mapping == NULL && t->table == NULL)
		return (err_set(e, ERR_USAGE,
		    "which tables? --mapping or --table"));
	if (o->mapping == NULL && o->families.n == 0)
		return (err_set(e, ERR_USAGE, "%s: a table needs --family",
		    t->table));
	if (o->mapping != NULL && tables_from_mapping(o->mapping,
	    o->allow_age, s, e) != 0)
		return (-1);
	if (t->table != NULL && (o->mapping == NULL || o->families.n > 0) &&
	    tables_from_options(o, t->table, s, e) != 0)
		return (-1);
	for (i = 0; i < s->n; i++)
		if (o->granularity == 1)
			s->table[i].micros = s->table[i].micros_known = true;
	return (0);
}

int
cmd_create(const struct options *o, struct app *app)
{
	struct schema s = { 0 };
	struct target t = { 0 };
	struct err *e = &app->err;
	size_t i;
	int rc;

	/* Nothing is made before all of it is known to make sense. */
	t.table = o->table != NULL ? o->table : o->uri.table;
	rc = wanted(o, &t, &s, e);
	if (rc == 0)
		rc = target_open(&t, o, true, e);
	for (i = 0; i < s.n && rc == 0; i++)
		rc = one_table(&t, &s.table[i], e);
	target_close(&t);
	schema_free(&s);
	return (rc);
}
