/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_ls.h"

#include <string.h>

#include "gc_json.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/cli/app.h"
#include "lib/json/jsonw.h"
#include "options.h"
#include "output.h"
#include "schema.h"
#include "target.h"
#include "target_open.h"

/* {"table":..,"granularity":..,"families":{"f":{"gc":..,"type":..}}} */
static void
print_schema(struct buf *b, const char *name, const struct schema_table *t)
{
	size_t i;

	buf_putc(b, '{');
	jsonw_str(b, "table", name);
	jsonw_str(b, "granularity", t->granularity == SCHEMA_MICROS ?
	    "micros" : t->granularity == SCHEMA_MILLIS ? "millis" : NULL);
	jsonw_member(b, "families");
	buf_putc(b, '{');
	for (i = 0; i < t->n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		jsonw_cstring(b, t->family[i].name);
		buf_puts(b, ":{\"gc\":");
		gc_json_write(&t->family[i].gc, b);
		if (t->family[i].type != SCHEMA_UNTYPED)
			jsonw_str(b, "type",
			    schema_type_name(t->family[i].type));
		buf_putc(b, '}');
	}
	buf_puts(b, "}}\n");
}

static int
print_table(struct target *t, const char *name, struct buf *out,
    struct app *app, struct err *e)
{
	struct schema_table s;
	int rc;

	memset(&s, 0, sizeof(s));
	rc = t->ops->get_table(t, name, TARGET_RETRY, &s, e);
	if (rc == 0)
		err_set_code(e, ERR_CONFIG, "not_found", "%s: no such table",
		    name);
	if (rc == 1) {
		print_schema(out, name, &s);
		app->stats.records_out++;
	}
	schema_table_free(&s);
	return (rc == 1 ? output_written(out, app, e) : -1);
}

int
cmd_ls(const struct options *o, struct app *app)
{
	struct output_tables tables = { .n = 0 };
	struct err *e = &app->err;
	struct target *t;
	struct buf out;
	size_t i;
	int rc;

	if ((t = target_open(o, app, TARGET_READ, e)) == NULL)
		return (-1);
	buf_init(&out, SIZE_MAX / 2);
	if (t->table == NULL)
		rc = t->ops->list_tables(t, output_add_table, &tables, e);
	else if ((rc = output_add_table(&tables, t->table)) == -1)
		err_nomem(e);
	for (i = 0; i < tables.n && rc == 0; i++)
		rc = print_table(t, tables.name[i], &out, app, e);
	if (rc == 0)
		rc = output_flush(&out, app, e);
	output_free_tables(&tables);
	buf_free(&out);
	target_close(t);
	return (rc);
}
