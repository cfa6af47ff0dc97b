/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite.h"

#include <stdlib.h>

#include "lib/base/err.h"
#include "load/gc_json.h"
#include "load/options.h"
#include "sqlite_db.h"
#include "sqlite_read.h"
#include "sqlite_write.h"

/* ${any}: see sqlite_open_any; else ${file} is made with ${create}. */
static struct lite *
open_db(const struct options *o, const char *file, bool create, bool any,
    struct err *e)
{
	struct lite *l;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	l->batch_rows = o->batch_rows;
	l->batch_bytes = o->batch_bytes;
	l->batch_age = o->batch_age;
	l->any = any;
	if (sqlite_db_open(l, file, create, e) == -1) {
		sqlite_db_close(l);
		free(l);
		return (NULL);
	}
	return (l);
}

void *
sqlite_open(const struct options *o, bool create, struct err *e)
{

	return (open_db(o, o->uri.file, create, false, e));
}

void *
sqlite_open_any(const struct options *o, struct err *e)
{

	/* A file without a name is SQLite's to put somewhere and remove. */
	return (open_db(o, "", true, true, e));
}

static void
close_target(void *self)
{

	sqlite_db_close(self);
	free(self);
}

static int
list_tables(void *self, int (*add)(void *, const char *), void *arg,
    struct err *e)
{
	struct lite *l = self;
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (sqlite_db_prepare(l, "SELECT name FROM nf_table ORDER BY name",
	    &stmt, e) == -1)
		return (-1);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		if (add(arg, (const char *)sqlite3_column_text(stmt, 0)) ==
		    -1) {
			err_nomem(e);
			break;
		}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		sqlite_db_error(l, e);
	sqlite3_finalize(stmt);
	return (rc == SQLITE_DONE ? 0 : -1);
}

static int
copy_gc(const struct gc_rule *from, struct gc_rule *to, struct err *e)
{
	struct buf b;
	int rc = -1;

	buf_init(&b, (size_t)1 << 20);
	gc_json_write(from, &b);
	if (buf_cstr(&b) == NULL)
		err_nomem(e);
	else
		rc = gc_json_parse((const char *)b.data, to, e);
	buf_free(&b);
	return (rc);
}

static int
get_table(void *self, const char *name, bool once, struct schema_table *out,
    struct err *e)
{
	struct schema_family *f;
	struct lite_table *t;
	size_t i;
	int rc;

	(void)once;
	if ((rc = sqlite_db_table(self, bytes_of(name), &t, e)) != 1)
		return (rc);
	out->micros = t->schema.micros;
	out->micros_known = true;
	for (i = 0; i < t->schema.n; i++) {
		f = schema_add_family(out, t->schema.family[i].name);
		if (f == NULL)
			return (err_nomem(e));
		if (copy_gc(&t->schema.family[i].gc, &f->gc, e) == -1)
			return (-1);
	}
	return (1);
}

static int
insert_family(struct lite *l, int64_t id, const struct schema_family *f,
    struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	struct buf gc;
	int rc;

	buf_init(&gc, (size_t)1 << 20);
	gc_json_write(&f->gc, &gc);
	if (gc.failed || sqlite_db_prepare(l, "INSERT INTO nf_family"
	    "(table_id, name, gc) VALUES(?, ?, ?)", &stmt, e) == -1) {
		buf_free(&gc);
		return (err_nomem(e));
	}
	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_text(stmt, 2, f->name, -1, SQLITE_STATIC);
	sqlite3_bind_text64(stmt, 3, (const char *)gc.data, gc.len,
	    SQLITE_STATIC, SQLITE_UTF8);
	rc = sqlite3_step(stmt);
	if (rc != SQLITE_DONE)
		sqlite_db_error(l, e);
	sqlite3_finalize(stmt);
	buf_free(&gc);
	return (rc == SQLITE_DONE ? 0 : -1);
}

static int
insert_table(struct lite *l, const struct schema_table *t, struct err *e)
{
	int64_t id;
	size_t i;

	if (sqlite_db_add_table(l, bytes_of(t->name), t->micros, &id, e) == -1)
		return (-1);
	for (i = 0; i < t->n; i++)
		if (insert_family(l, id, &t->family[i], e) == -1)
			return (-1);
	return (0);
}

/*
 * All of a change to the tables, or nothing.  What is to be made was not
 * there when we looked; if it is now, somebody was faster.
 */
static int
end(struct lite *l, int rc, struct err *e)
{
	struct err ignored = { 0 };
	bool faster;

	if (rc == 0)
		return (sqlite_db_exec(l, "COMMIT", e));
	faster = (sqlite3_errcode(l->db) & 0xff) == SQLITE_CONSTRAINT;
	(void)sqlite_db_exec(l, "ROLLBACK", &ignored);
	if (!faster)
		return (-1);
	err_clear(e);
	sqlite_db_forget(l);
	return (1);
}

static int
create_table(void *self, const struct schema_table *t, struct err *e)
{
	struct lite *l = self;

	if (sqlite_db_exec(l, "BEGIN IMMEDIATE", e) == -1)
		return (-1);
	return (end(l, insert_table(l, t, e), e));
}

static int
add_families(void *self, const char *table,
    const struct schema_family *const *f, size_t n, struct err *e)
{
	struct lite *l = self;
	struct lite_table *t;
	size_t i;
	int rc;

	if ((rc = sqlite_db_table(l, bytes_of(table), &t, e)) != 1)
		return (rc == 0 ? err_set(e, ERR_CONFIG, "%s: no such table; "
		    "nf-load create makes it", table) : -1);
	if (sqlite_db_exec(l, "BEGIN IMMEDIATE", e) == -1)
		return (-1);
	for (i = 0; i < n; i++)
		if (insert_family(l, t->id, f[i], e) == -1)
			return (end(l, -1, e));
	return (end(l, 0, e));
}

const struct target_ops sqlite_ops = {
	.write_begin = sqlite_write_begin,
	.write = sqlite_write_row,
	.work = sqlite_write_work,
	.finish = sqlite_write_finish,
	.read_begin = sqlite_read_begin,
	.read_row = sqlite_read_row,
	.read_end = sqlite_read_end,
	.list_tables = list_tables,
	.get_table = get_table,
	.create_table = create_table,
	.add_families = add_families,
	.close = close_target
};
