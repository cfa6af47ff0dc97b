/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_READ_H
#define NF_LOAD_SQLITE_SQLITE_READ_H

/*
 * Reading rows from a SQLite target: the reading operations of
 * target.h.
 */
struct err;
struct row;
struct target;
struct target_read;

/**
 * sqlite_read_begin, sqlite_read_row, sqlite_read_end:
 * See target.h; for a target from sqlite_open.
 */
int sqlite_read_begin(struct target *t, const struct target_read *r,
    struct err *e);
int sqlite_read_row(struct target *t, struct row *row, struct err *e);
void sqlite_read_end(struct target *t);

#endif /* !NF_LOAD_SQLITE_SQLITE_READ_H */
