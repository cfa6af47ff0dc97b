/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_H
#define NF_LOAD_SQLITE_SQLITE_H

/*
 * The target sqlite:FILE: the tables of a Bigtable instance in one file.
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
 * Open the database of ${c} to read it, or also to write it; create it if it
 * is missing.  Return it or NULL: errors as for sqlite_file_open.
 */
struct target *sqlite_open_read(const struct sqlite_conf *c, struct err *e);
struct target *sqlite_open(const struct sqlite_conf *c, struct err *e);
struct target *sqlite_create(const struct sqlite_conf *c, struct err *e);

/**
 * sqlite_open_scratch(c, e):
 * Open a temporary database that is deleted when it is closed, and that
 * accepts lines for any table and family; c->file is ignored.
 */
struct target *sqlite_open_scratch(const struct sqlite_conf *c,
    struct err *e);

/**
 * sqlite_library(b):
 * Append the name and version of the library to ${b}.
 */
void sqlite_library(struct buf *b);

#endif /* !NF_LOAD_SQLITE_SQLITE_H */
