/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_db.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "load/gc_json.h"

#define BUSY_MS 60000 /* how long another writer is waited for */
#define AGAIN_MS 10   /* where SQLite does not wait by itself */
#define APPLICATION_ID "1313230700" /* "NF" and a number, in the header */

/*
 * Families have their names in the cells: the order of the primary key is
 * the order of Bigtable.
 */
static const char schema_sql[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS nf_table("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " granularity TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS nf_family("
    " table_id INTEGER NOT NULL, name TEXT NOT NULL, gc TEXT NOT NULL,"
    " PRIMARY KEY(table_id, name)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS nf_cell("
    " table_id INTEGER NOT NULL, row BLOB NOT NULL, family TEXT NOT NULL,"
    " qualifier BLOB NOT NULL, ts INTEGER NOT NULL, value BLOB NOT NULL,"
    " PRIMARY KEY(table_id, row, family, qualifier, ts DESC)) WITHOUT ROWID;"
    "CREATE VIEW IF NOT EXISTS cells AS SELECT t.name AS \"table\","
    " CAST(row AS TEXT) AS row, family, CAST(qualifier AS TEXT) AS qualifier,"
    " ts, CAST(value AS TEXT) AS value"
    " FROM nf_cell c JOIN nf_table t ON t.id = c.table_id;"
    "PRAGMA application_id = " APPLICATION_ID ";"
    "COMMIT;";

int
sqlite_db_error(const struct sqlite_db *d, struct err *e)
{
	enum err_class class;

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

	if (sqlite3_exec(d->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return (sqlite_db_error(d, e));
	return (0);
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

/*
 * Give the file a log.  SQLite does not wait for one that does the same, as
 * both may have begun to read it.
 */
static int
start_log(struct sqlite_db *d, struct err *e)
{
	int64_t until = clock_mono_ms() + BUSY_MS;

	while (sqlite_db_exec(d, "PRAGMA journal_mode = WAL", e) == -1) {
		if (sqlite3_errcode(d->db) != SQLITE_BUSY ||
		    clock_mono_ms() >= until)
			return (-1);
		err_clear(e);
		clock_sleep_ms(AGAIN_MS);
	}
	return (0);
}

/* Make a new file one of ours. */
static int
prepare_file(struct sqlite_db *d, struct err *e)
{

	return (start_log(d, e) == -1 ? -1 :
	    sqlite_db_exec(d, schema_sql, e));
}

/* Is the file one of ours? */
static int
check_file(struct sqlite_db *d, struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	bool ours = false;

	if (sqlite_db_prepare(d, "SELECT 1 FROM sqlite_master WHERE name ="
	    " 'nf_cell' AND type = 'table'", &stmt, e) == -1)
		return (-1);
	ours = sqlite3_step(stmt) == SQLITE_ROW;
	sqlite3_finalize(stmt);
	if (ours)
		return (0);
	return (err_set(e, ERR_CONFIG, "%s: no database of nf-load create",
	    d->file));
}

int
sqlite_db_open(struct sqlite_db *d, enum sqlite_db_use use, struct err *e)
{
	bool create = use != SQLITE_DB_OPEN;
	int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
	/* A file without a name is SQLite's to put somewhere and remove. */
	const char *file = use == SQLITE_DB_SCRATCH ? "" : d->conf.file;

	d->file = file;
	d->scratch = use == SQLITE_DB_SCRATCH;
	buf_init(&d->text, SIZE_MAX / 2);
	if (sqlite3_open_v2(file, &d->db, flags, NULL) != SQLITE_OK) {
		if (sqlite3_errcode(d->db) == SQLITE_CANTOPEN && !create)
			return (err_set(e, ERR_CONFIG, "%s: no database; "
			    "nf-load create makes one", file));
		return (sqlite_db_error(d, e));
	}
	/* What follows reads the file already. */
	sqlite3_busy_timeout(d->db, BUSY_MS);
	if (sqlite_db_exec(d, "PRAGMA synchronous = FULL;"
	    "PRAGMA cache_size = -8000", e) == -1)
		return (-1);
	return (create ? prepare_file(d, e) : check_file(d, e));
}

void
sqlite_db_forget(struct sqlite_db *d)
{
	struct sqlite_table *t;

	while ((t = (struct sqlite_table *)named_drop(&d->tables)) != NULL) {
		schema_table_free(&t->schema);
		free(t);
	}
}

void
sqlite_db_close(struct sqlite_db *d)
{

	sqlite_db_forget(d);
	sqlite3_finalize(d->put);
	sqlite3_finalize(d->drop_column);
	sqlite3_finalize(d->drop_row);
	sqlite3_finalize(d->cells);
	sqlite3_close(d->db);
	free(d->line);
	buf_free(&d->text);
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
