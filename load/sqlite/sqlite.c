/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite.h"

#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "load/gc_json.h"
#include "load/schema.h"
#include "sqlite_db.h"
#include "sqlite_file.h"
#include "sqlite_read.h"
#include "sqlite_view.h"
#include "sqlite_write.h"

#define MAX_RULE ((size_t)1 << 20) /* bytes of a rule as JSON */

static void
close_sqlite(struct target *t)
{
	struct sqlite_db *d = sqlite_db_of(t);

	sqlite_db_finish(d);
	sqlite_file_close(d);
	free(d);
}

static int
list_tables(struct target *t, target_name_fn *add, void *arg, struct err *e)
{
	struct sqlite_db *d = sqlite_db_of(t);
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (sqlite_db_prepare(d, "SELECT name FROM nf_table ORDER BY name",
	    &stmt, e) == -1)
		return (-1);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		if (add(arg, (const char *)sqlite3_column_text(stmt, 0)) ==
		    -1) {
			err_nomem(e);
			break;
		}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		sqlite_db_error(d, e);
	sqlite3_finalize(stmt);
	return (rc == SQLITE_DONE ? 0 : -1);
}

static int
copy_gc(const struct gc_rule *from, struct gc_rule *to, struct err *e)
{
	struct buf b;
	int rc = -1;

	buf_init(&b, MAX_RULE);
	gc_json_write(from, &b);
	if (buf_cstr(&b) == NULL)
		err_nomem(e);
	else
		rc = gc_json_parse((const char *)b.data, to, e);
	buf_free(&b);
	return (rc);
}

static int
get_table(struct target *target, const char *name,
    enum target_patience patience, struct schema_table *out, struct err *e)
{
	struct schema_family *f;
	struct sqlite_table *t;
	size_t i;
	int rc;

	(void)patience;
	if ((rc = sqlite_db_table(sqlite_db_of(target), bytes_of(name), &t,
	    e)) != 1)
		return (rc);
	out->granularity = t->schema.granularity;
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
insert_family(struct sqlite_db *d, int64_t id, const struct schema_family *f,
    struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	struct buf gc;
	int rc;

	buf_init(&gc, MAX_RULE);
	gc_json_write(&f->gc, &gc);
	if (gc.failed || sqlite_db_prepare(d, "INSERT INTO nf_family"
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
		sqlite_db_error(d, e);
	sqlite3_finalize(stmt);
	buf_free(&gc);
	return (rc == SQLITE_DONE ? 0 : -1);
}

static int
insert_table(struct sqlite_db *d, const struct schema_table *t, struct err *e)
{
	int64_t id;
	size_t i;

	if (sqlite_db_add_table(d, bytes_of(t->name), t->granularity, &id,
	    e) == -1)
		return (-1);
	for (i = 0; i < t->n; i++)
		if (insert_family(d, id, &t->family[i], e) == -1)
			return (-1);
	return (sqlite_view_make(d, id, t->name, e));
}

/*
 * Make a change to the tables completely or not at all.  The object to create
 * did not exist when we checked; if it exists now, another process was faster.
 */
static int
end_change(struct sqlite_db *d, int rc, struct err *e)
{
	struct err ignored = { .class = ERR_NONE };
	bool faster;

	if (rc == 0)
		return (sqlite_db_exec(d, "COMMIT", e) == -1 ? -1 :
		    sqlite_file_check(d, e));
	faster = (sqlite3_errcode(d->db) & 0xff) == SQLITE_CONSTRAINT;
	sqlite_db_exec(d, "ROLLBACK", &ignored);
	if (!faster)
		return (-1);
	err_clear(e);
	sqlite_db_forget(d);
	return (1);
}

static int
create_table(struct target *target, const struct schema_table *t,
    struct err *e)
{
	struct sqlite_db *d = sqlite_db_of(target);

	if (sqlite_db_begin(d, SQLITE_DB_TO_WRITE, e) == -1)
		return (-1);
	return (end_change(d, insert_table(d, t, e), e));
}

static int
add_families(struct target *target, const char *table,
    const struct schema_family *const *f, size_t n, struct err *e)
{
	struct sqlite_db *d = sqlite_db_of(target);
	struct sqlite_table *t;
	size_t i;
	int rc;

	if (sqlite_db_begin(d, SQLITE_DB_TO_WRITE, e) == -1)
		return (-1);
	if ((rc = sqlite_db_table(d, bytes_of(table), &t, e)) != 1) {
		if (rc == 0)
			err_set(e, ERR_CONFIG, "%s: no such table; nf-load "
			    "create makes it", table);
		return (end_change(d, -1, e));
	}
	for (i = 0; i < n; i++)
		if (insert_family(d, t->id, f[i], e) == -1)
			return (end_change(d, -1, e));
	return (end_change(d, 0, e));
}

static const struct target_ops sqlite_ops = {
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
	.close = close_sqlite
};

static struct target *
open_database(const struct sqlite_conf *c, enum sqlite_file_use use,
    struct err *e)
{
	struct sqlite_db *d;

	if ((d = calloc(1, sizeof(*d))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	d->base.ops = &sqlite_ops;
	d->conf = *c;
	if (sqlite_file_open(d, use, e) == -1) {
		close_sqlite(&d->base);
		return (NULL);
	}
	return (&d->base);
}

struct target *
sqlite_open_read(const struct sqlite_conf *c, struct err *e)
{

	return (open_database(c, SQLITE_FILE_READ, e));
}

struct target *
sqlite_open(const struct sqlite_conf *c, struct err *e)
{

	return (open_database(c, SQLITE_FILE_WRITE, e));
}

struct target *
sqlite_create(const struct sqlite_conf *c, struct err *e)
{

	return (open_database(c, SQLITE_FILE_CREATE, e));
}

struct target *
sqlite_open_scratch(const struct sqlite_conf *c, struct err *e)
{

	return (open_database(c, SQLITE_FILE_SCRATCH, e));
}

void
sqlite_library(struct buf *b)
{

	buf_printf(b, "sqlite/%s", sqlite3_libversion());
}
