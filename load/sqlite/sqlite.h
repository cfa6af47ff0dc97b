/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_H
#define NF_LOAD_SQLITE_SQLITE_H

/*
 * The target sqlite:FILE: tables as Bigtable keeps them, in one file.
 *
 *	select * from cells;      -- "table", row, family, qualifier, ts, value
 *
 * A commit is durable before its rows count as written.
 */
struct err;
struct sqlite_conf;
struct target;

/**
 * sqlite_open(c, e) / sqlite_create(c, e):
 * Open the database that ${c} says; make it if there is none.  Return it or
 * NULL: ERR_CONFIG (there is none, it is no database of ours), ERR_IO,
 * ERR_TEMP (locked for too long).
 */
struct target *sqlite_open(const struct sqlite_conf *c, struct err *e);
struct target *sqlite_create(const struct sqlite_conf *c, struct err *e);

/**
 * sqlite_open_scratch(c, e):
 * Open a database of its own that vanishes when it is closed, and takes
 * lines for any table and family; c->file is not looked at.
 */
struct target *sqlite_open_scratch(const struct sqlite_conf *c,
    struct err *e);

#endif /* !NF_LOAD_SQLITE_SQLITE_H */
