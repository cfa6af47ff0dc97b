/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_DB_H
#define NF_LOAD_SQLITE_SQLITE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "lib/base/buf.h"
#include "lib/base/bytes.h"
#include "lib/base/key_hash.h"
#include "load/named.h"
#include "load/schema.h"
#include "load/target.h"
#include "sqlite_conf.h"

/*
 * The database of a SQLite target and its known tables, shared by sqlite.c
 * (tables), sqlite_write.c and sqlite_read.c.
 */
struct err;
struct sqlite_column;
struct sqlite_line;
struct sqlite_sort;

struct sqlite_table {
	struct named named;
	int64_t id;
	struct schema_table schema;
	struct sqlite_column **column; /* seen in lines */
	size_t ncolumns;
	struct key_hash secret;
	uint16_t *slot; /* by hash of a column: its place + 1, or 0 */
	bool new_columns; /* its view lacks some of them */
	uint64_t batch;   /* of its last line, which is ... */
	size_t last;      /* ... d->line[last] */
};

/* State of a file, to detect that it was changed or replaced. */
struct sqlite_db_state {
	dev_t device;
	ino_t inode;
	struct timespec changed;
	off_t size;
};

enum sqlite_db_transaction { SQLITE_DB_TO_READ, SQLITE_DB_TO_WRITE };

struct sqlite_db {
	struct target base;
	struct sqlite_conf conf;
	sqlite3 *db;
	const char *file; /* its name in messages */
	char why[128]; /* why the last row was refused */
	bool logs;     /* we turned its log on and must turn it off again */
	bool unseen;   /* other processes cannot see that we read */
	struct sqlite_db_state state; /* the file when opened */
	int64_t busy_since; /* when waiting for a lock began */
	bool locked;        /* ... and the wait is shown, if it takes long */
	sqlite3_stmt *version;
	int64_t seen;  /* of it */
	bool scratch; /* create the tables and families that lines name */
	struct named_list tables; /* known ones, each in a struct sqlite_table */
	/* writing */
	struct target_writer writer;
	bool writing; /* a transaction is open */
	size_t bytes; /* written in it */
	int64_t since;
	struct sqlite_line *line; /* reported after the commit */
	size_t n, cap;
	size_t reported; /* number of lines already reported */
	struct buf text; /* their row keys and raw lines */
	uint64_t batch;  /* number of the transaction */
	size_t falls;    /* lines in it whose key is below the previous one */
	struct sqlite_sort *sort; /* for lines whose keys are unordered */
	bool sorting;    /* it is used in this transaction */
	sqlite3_stmt *put, *put_column, *drop_column, *drop_row;
	/* reading */
	struct target_read read;
	const struct sqlite_table *from;
	sqlite3_stmt *cells;
	size_t range;      /* ranges begun */
	uint64_t rows;     /* returned */
	unsigned short random[3]; /* of erand48 */
	bool reading;      /* a transaction is open */
	bool ahead;        /* ${cells} is at a cell not yet used */
};

/**
 * sqlite_db_of(t):
 * Return the database of ${t}, a target from sqlite_open.
 */
static inline struct sqlite_db *
sqlite_db_of(struct target *t)
{

	return ((struct sqlite_db *)t);
}

/**
 * sqlite_db_finish(d):
 * Free the known tables and the statements, before the database is closed.
 */
void sqlite_db_finish(struct sqlite_db *d);

/**
 * sqlite_db_begin(d, what, e):
 * Begin a transaction; forget the known tables if another process has changed
 * the file.  Return 0 or -1.
 */
int sqlite_db_begin(struct sqlite_db *d, enum sqlite_db_transaction what,
    struct err *e);

/**
 * sqlite_db_step(d, stmt, e):
 * Run a statement that returns no rows, and reset it.  Return 0 or -1.
 */
int sqlite_db_step(struct sqlite_db *d, sqlite3_stmt *stmt, struct err *e);

/**
 * sqlite_db_column(stmt, i):
 * Return the bytes of column ${i} of the current row, valid until the next
 * step.
 */
struct bytes sqlite_db_column(sqlite3_stmt *stmt, int i);

/**
 * sqlite_db_error(d, e):
 * Fill ${e} from the last failure of SQLite.  Return -1.
 */
int sqlite_db_error(const struct sqlite_db *d, struct err *e);

/**
 * sqlite_db_exec(d, sql, e):
 * Run statements that return no rows.  Return 0 or -1.
 */
int sqlite_db_exec(struct sqlite_db *d, const char *sql, struct err *e);

/**
 * sqlite_db_prepare(d, sql, stmt, e):
 * Compile ${sql}, unless ${stmt} already exists.  Return 0 or -1.
 */
int sqlite_db_prepare(struct sqlite_db *d, const char *sql, sqlite3_stmt **stmt,
    struct err *e);

/**
 * sqlite_db_bind(stmt, i, b):
 * Bind bytes, which the caller still owns, as a blob.
 */
void sqlite_db_bind(sqlite3_stmt *stmt, int i, struct bytes b);

/**
 * sqlite_db_table(d, name, t, e):
 * Look up a table.  Return 1, 0 if absent, -1.
 */
int sqlite_db_table(struct sqlite_db *d, struct bytes name,
    struct sqlite_table **t,
    struct err *e);

/**
 * sqlite_db_forget(d):
 * Forget the known tables, so that they are looked up again.
 */
void sqlite_db_forget(struct sqlite_db *d);

/**
 * sqlite_db_add_table(d, name, granularity, id, e):
 * Create a table without families.  Return 0 or -1.
 */
int sqlite_db_add_table(struct sqlite_db *d, struct bytes name,
    enum schema_granularity granularity, int64_t *id, struct err *e);

/**
 * sqlite_db_need_table(d, name, t, e):
 * Like sqlite_db_table, but create a missing table in a scratch database.
 */
int sqlite_db_need_table(struct sqlite_db *d, struct bytes name,
    struct sqlite_table **t, struct err *e);

#endif /* !NF_LOAD_SQLITE_SQLITE_DB_H */
