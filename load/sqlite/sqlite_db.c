/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/sig.h"
#include "lib/report/waiting.h"
#include "load/gc_json.h"
#include "sqlite_sort.h"

int
sqlite_db_error(const struct sqlite_db *d, struct err *e)
{
	enum err_class class;
	int os;

	/* A signal ends a wait for a lock. */
	if (sqlite3_errcode(d->db) == SQLITE_BUSY && sig_check(e) == -1)
		return (-1);
	switch (sqlite3_errcode(d->db) & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		class = ERR_TEMP;
		break;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		class = ERR_PERM;
		break;
	case SQLITE_CANTOPEN:
		os = sqlite3_system_errno(d->db);
		return (err_set(e, os == EACCES ? ERR_PERM : ERR_CONFIG,
		    "%s: %s%s%s", d->file, sqlite3_errmsg(d->db),
		    os == 0 ? "" : ": ", os == 0 ? "" : strerror(os)));
	case SQLITE_NOTADB:
		class = ERR_CONFIG;
		break;
	default:
		class = ERR_IO;
		break;
	}
	return (err_set(e, class, "%s: %s", d->file, sqlite3_errmsg(d->db)));
}

int
sqlite_db_exec(struct sqlite_db *d, const char *sql, struct err *e)
{
	int rc;

	waiting_enter(0, "the disk of %s", d->file);
	rc = sqlite3_exec(d->db, sql, NULL, NULL, NULL);
	if (d->locked)
		waiting_leave();
	d->locked = false;
	waiting_leave();
	return (rc == SQLITE_OK ? 0 : sqlite_db_error(d, e));
}

int
sqlite_db_prepare(struct sqlite_db *d, const char *sql, sqlite3_stmt **stmt,
    struct err *e)
{

	if (*stmt == NULL &&
	    sqlite3_prepare_v2(d->db, sql, -1, stmt, NULL) != SQLITE_OK)
		return (sqlite_db_error(d, e));
	return (0);
}

void
sqlite_db_bind(sqlite3_stmt *stmt, int i, struct bytes b)
{

	if (b.n == 0)
		sqlite3_bind_zeroblob(stmt, i, 0);
	else
		sqlite3_bind_blob64(stmt, i, b.p, b.n, SQLITE_STATIC);
}

void
sqlite_db_forget(struct sqlite_db *d)
{
	struct sqlite_table *t;

	while ((t = (struct sqlite_table *)named_drop(&d->tables)) != NULL) {
		schema_table_free(&t->schema);
		while (t->ncolumns > 0)
			free(t->column[--t->ncolumns]);
		free(t->column);
		free(t->slot);
		free(t);
	}
}

void
sqlite_db_finish(struct sqlite_db *d)
{

	sqlite_db_forget(d);
	sqlite3_finalize(d->version);
	sqlite3_finalize(d->put);
	sqlite3_finalize(d->put_column);
	sqlite3_finalize(d->drop_column);
	sqlite3_finalize(d->drop_row);
	sqlite3_finalize(d->cells);
	free(d->line);
	buf_free(&d->text);
	sqlite_sort_free(d->sort);
}

int
sqlite_db_step(struct sqlite_db *d, sqlite3_stmt *stmt, struct err *e)
{
	int rc = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	return (rc == SQLITE_DONE ? 0 : sqlite_db_error(d, e));
}

struct bytes
sqlite_db_column(sqlite3_stmt *stmt, int i)
{
	struct bytes b;

	b.p = sqlite3_column_blob(stmt, i);
	b.n = (size_t)sqlite3_column_bytes(stmt, i);
	return (b);
}

/* Has another process changed the file since the last check? 1, 0, -1. */
static int
is_changed(struct sqlite_db *d, struct err *e)
{
	int64_t before = d->seen;
	int rc;

	if (sqlite_db_prepare(d, "PRAGMA data_version", &d->version, e) == -1)
		return (-1);
	if ((rc = sqlite3_step(d->version)) == SQLITE_ROW)
		d->seen = sqlite3_column_int64(d->version, 0);
	else
		sqlite_db_error(d, e);
	sqlite3_reset(d->version);
	return (rc == SQLITE_ROW ? before != d->seen : -1);
}

int
sqlite_db_begin(struct sqlite_db *d, enum sqlite_db_transaction what,
    struct err *e)
{
	struct err ignored = { .class = ERR_NONE };
	int rc;

	if (sqlite_db_exec(d, what == SQLITE_DB_TO_WRITE ? "BEGIN IMMEDIATE" :
	    "BEGIN", e) == -1)
		return (-1);
	if (d->scratch)
		return (0);
	/* A read transaction begins with its first read. */
	if ((what == SQLITE_DB_TO_READ &&
	    sqlite_db_exec(d, "SELECT 1 FROM nf_table LIMIT 1", e) == -1) ||
	    (rc = is_changed(d, e)) == -1) {
		sqlite_db_exec(d, "ROLLBACK", &ignored);
		return (-1);
	}
	if (rc == 1)
		sqlite_db_forget(d);
	return (0);
}

static int
select_families(struct sqlite_db *d, struct sqlite_table *t, struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	struct schema_family *f;
	int rc;

	if (sqlite_db_prepare(d, "SELECT name, gc FROM nf_family"
	    " WHERE table_id = ? ORDER BY name", &stmt, e) == -1)
		return (-1);
	sqlite3_bind_int64(stmt, 1, t->id);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		f = schema_add_family(&t->schema,
		    (const char *)sqlite3_column_text(stmt, 0));
		if (f == NULL) {
			err_nomem(e);
			break;
		}
		if (gc_json_parse((const char *)sqlite3_column_text(stmt, 1),
		    &f->gc, e) == -1)
			break;
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		sqlite_db_error(d, e);
	sqlite3_finalize(stmt);
	return (rc == SQLITE_DONE ? 0 : -1);
}

static int
select_table(struct sqlite_db *d, struct bytes name, struct sqlite_table *t,
    struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (sqlite_db_prepare(d, "SELECT id, name, granularity = 'micros'"
	    " FROM nf_table WHERE name = CAST(? AS TEXT)", &stmt, e) == -1)
		return (-1);
	sqlite_db_bind(stmt, 1, name);
	if ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		t->id = sqlite3_column_int64(stmt, 0);
		t->schema.granularity = sqlite3_column_int(stmt, 2) != 0 ?
		    SCHEMA_MICROS : SCHEMA_MILLIS;
		t->schema.name = strdup(
		    (const char *)sqlite3_column_text(stmt, 1));
	} else if (rc != SQLITE_DONE) {
		sqlite_db_error(d, e);
	}
	sqlite3_finalize(stmt);
	if (rc == SQLITE_DONE)
		return (0);
	if (rc != SQLITE_ROW)
		return (-1);
	if (t->schema.name == NULL)
		return (err_nomem(e));
	return (select_families(d, t, e) == 0 ? 1 : -1);
}

int
sqlite_db_table(struct sqlite_db *d, struct bytes name,
    struct sqlite_table **out,
    struct err *e)
{
	struct sqlite_table *t;
	int rc;

	*out = (struct sqlite_table *)named_find(&d->tables, name);
	if (*out != NULL)
		return (1);
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (err_nomem(e));
	if ((rc = select_table(d, name, t, e)) == 1 &&
	    named_add(&d->tables, &t->named, name, e) == -1)
		rc = -1;
	if (rc != 1) {
		schema_table_free(&t->schema);
		free(t);
		return (rc);
	}
	*out = t;
	return (1);
}

int
sqlite_db_add_table(struct sqlite_db *d, struct bytes name,
    enum schema_granularity granularity, int64_t *id, struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (sqlite_db_prepare(d, "INSERT INTO nf_table(name, granularity)"
	    " VALUES(CAST(? AS TEXT), ?)", &stmt, e) == -1)
		return (-1);
	sqlite_db_bind(stmt, 1, name);
	sqlite3_bind_text(stmt, 2, granularity == SCHEMA_MICROS ? "micros" :
	    "millis", -1, SQLITE_STATIC);
	rc = sqlite3_step(stmt);
	if (rc != SQLITE_DONE)
		sqlite_db_error(d, e);
	sqlite3_finalize(stmt);
	*id = sqlite3_last_insert_rowid(d->db);
	return (rc == SQLITE_DONE ? 0 : -1);
}

int
sqlite_db_need_table(struct sqlite_db *d, struct bytes name,
    struct sqlite_table **t, struct err *e)
{
	int64_t id;
	int rc;

	if ((rc = sqlite_db_table(d, name, t, e)) != 0 || !d->scratch)
		return (rc);
	if (sqlite_db_add_table(d, name, SCHEMA_MICROS, &id, e) == -1)
		return (-1);
	return (sqlite_db_table(d, name, t, e));
}
