/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_DB_H
#define NF_LOAD_SQLITE_SQLITE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/bytes.h"
#include "load/schema.h"
#include "load/target.h"

/*
 * The database of a SQLite target and what is known of its tables, shared by
 * lite.c (tables), litew.c (writing) and liter.c (reading).
 */
struct err;
struct lite_line;

struct lite_table {
	struct lite_table *next;
	int64_t id;
	struct schema_table schema;
};

struct lite {
	sqlite3 *db;
	const char *file;
	char why[128]; /* of the row that was refused just now */
	bool any; /* tables and families are made as lines name them */
	struct lite_table *tables; /* known so far */
	/* writing */
	struct target_writer writer;
	uint64_t batch_rows, batch_bytes, batch_age;
	bool writing; /* a transaction is open */
	size_t bytes; /* written in it */
	int64_t since;
	struct lite_line *line; /* told about after the commit */
	size_t n, cap;
	size_t told; /* how many of them have been */
	struct buf text; /* their row keys and raw lines */
	sqlite3_stmt *put, *drop_column, *drop_row;
	/* reading */
	struct target_read read;
	const struct lite_table *from;
	sqlite3_stmt *cells;
	size_t range;      /* ranges begun */
	uint64_t rows;     /* given out */
	unsigned short random[3]; /* of erand48 */
	bool reading;      /* a transaction is open */
	bool ahead;        /* ${cells} stands on a cell not taken */
};

/**
 * sqlite_db_open(l, file, create, e) / sqlite_db_close(l):
 * Open the database, see sqlite_open; close it, without what is not
 * committed.  ${file} is borrowed.
 */
int sqlite_db_open(struct lite *l, const char *file, bool create, struct err
    *e);
void sqlite_db_close(struct lite *l);

/**
 * sqlite_db_error(l, e):
 * Fill ${e} from the last failure of SQLite.  Return -1.
 */
int sqlite_db_error(const struct lite *l, struct err *e);

/**
 * sqlite_db_exec(l, sql, e):
 * Run statements that give no rows.  Return 0 or -1.
 */
int sqlite_db_exec(struct lite *l, const char *sql, struct err *e);

/**
 * sqlite_db_prepare(l, sql, stmt, e):
 * Compile ${sql}, unless ${stmt} is there already.  Return 0 or -1.
 */
int sqlite_db_prepare(struct lite *l, const char *sql, sqlite3_stmt **stmt,
    struct err *e);

/**
 * sqlite_db_bind(stmt, i, b):
 * Bind bytes, which stay the caller's, as a blob.
 */
void sqlite_db_bind(sqlite3_stmt *stmt, int i, struct bytes b);

/**
 * sqlite_db_table(l, name, t, e):
 * Look up a table.  Return 1, 0 if there is none, -1.
 */
int sqlite_db_table(struct lite *l, struct bytes name, struct lite_table **t,
    struct err *e);

/**
 * sqlite_db_forget(l):
 * Look tables up anew.
 */
void sqlite_db_forget(struct lite *l);

/**
 * sqlite_db_add_table(l, name, micros, id, e):
 * Make a table without families.  Return 0 or -1.
 */
int sqlite_db_add_table(struct lite *l, struct bytes name, bool micros,
    int64_t *id, struct err *e);

#endif /* !NF_LOAD_SQLITE_SQLITE_DB_H */
