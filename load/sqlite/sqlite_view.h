/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_VIEW_H
#define NF_LOAD_SQLITE_SQLITE_VIEW_H

#include <stdint.h>

/*
 * Views for people: "cells" shows all cells, and each table has a view with a
 * column for each qualifier, "SELECT number, discount FROM invoices".  The
 * columns of a table are recorded when they are written.
 */
struct err;
struct mutation;
struct sqlite_db;
struct sqlite_table;

/* The part of the database layout for views. */
#define SQLITE_VIEW_SCHEMA                                                     \
	"CREATE TABLE IF NOT EXISTS nf_column("                                \
	" table_id INTEGER NOT NULL, family TEXT NOT NULL,"                    \
	" qualifier BLOB NOT NULL,"                                            \
	" PRIMARY KEY(table_id, family, qualifier)) WITHOUT ROWID;"            \
	"CREATE VIEW IF NOT EXISTS cells AS SELECT t.name AS \"table\","       \
	" CAST(row AS TEXT) AS row, family,"                                   \
	" CAST(qualifier AS TEXT) AS qualifier, ts,"                           \
	" CAST(value AS TEXT) AS value"                                        \
	" FROM nf_cell c JOIN nf_table t ON t.id = c.table_id;"

/**
 * sqlite_view_note(d, t, m, e):
 * ${m} is written to ${t}: record columns that are new to ${t}.  Return 0 or
 * -1.
 */
int sqlite_view_note(struct sqlite_db *d, struct sqlite_table *t,
    const struct mutation *m, struct err *e);

/**
 * sqlite_view_update(d, e):
 * Recreate the views of tables with new columns, within the transaction.
 * Return 0 or -1.
 */
int sqlite_view_update(struct sqlite_db *d, struct err *e);

/**
 * sqlite_view_make(d, id, name, e):
 * Create the view of the table ${name} with number ${id} from the recorded
 * columns, within a transaction.  No view is created if something else has
 * this name.  Return 0 or -1.
 */
int sqlite_view_make(struct sqlite_db *d, int64_t id, const char *name,
    struct err *e);

#endif /* !NF_LOAD_SQLITE_SQLITE_VIEW_H */
