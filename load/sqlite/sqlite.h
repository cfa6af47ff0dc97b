/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_H
#define NF_LOAD_SQLITE_SQLITE_H

#include <stdbool.h>

/*
 * The target sqlite:FILE: tables as Bigtable keeps them, in one file.
 *
 *	select * from cells;      -- "table", row, family, qualifier, ts, value
 *
 * A commit is durable before its rows count as written.
 */
struct err;
struct options;
struct target_ops;

extern const struct target_ops sqlite_ops;

/**
 * sqlite_open(o, create, e):
 * Open the database of ${o} (borrowed); with ${create} make it if there is
 * none.  Return it, for sqlite_ops, or NULL: ERR_CONFIG (there is none, it is
 * no database of ours), ERR_IO, ERR_TEMP (locked for too long).
 */
void *sqlite_open(const struct options *o, bool create, struct err *e);

/**
 * sqlite_open_any(o, e):
 * Open a database of its own that vanishes when it is closed, and takes
 * lines for any table and family: what a mutation stream comes to.
 */
void *sqlite_open_any(const struct options *o, struct err *e);

#endif /* !NF_LOAD_SQLITE_SQLITE_H */
