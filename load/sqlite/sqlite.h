/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_H
#define NF_LOAD_SQLITE_SQLITE_H

/*
 * The target sqlite:FILE: tables as Bigtable keeps them, in one file.
 *
 *	select * from cells;      -- "table", row, family, qualifier, ts, value
 *	select number from invoices; -- the newest values, a row each
 *
 * A commit is durable before its rows count as written.
 */
struct err;
struct sqlite_conf;
struct buf;
struct target;

/**
 * sqlite_open_read(c, e), sqlite_open(c, e), sqlite_create(c, e):
 * Open the database that ${c} says to read it, or to write too; make it if
 * it is missing.  Return it or NULL: what sqlite_file_open says.
 */
struct target *sqlite_open_read(const struct sqlite_conf *c, struct err *e);
struct target *sqlite_open(const struct sqlite_conf *c, struct err *e);
struct target *sqlite_create(const struct sqlite_conf *c, struct err *e);

/**
 * sqlite_open_scratch(c, e):
 * Open a database of its own that vanishes when it is closed, and takes
 * lines for any table and family; c->file is not looked at.
 */
struct target *sqlite_open_scratch(const struct sqlite_conf *c,
    struct err *e);

/**
 * sqlite_library(b):
 * Append the name and version of the library to ${b}.
 */
void sqlite_library(struct buf *b);

#endif /* !NF_LOAD_SQLITE_SQLITE_H */
