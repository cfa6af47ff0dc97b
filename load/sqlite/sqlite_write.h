/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_WRITE_H
#define NF_LOAD_SQLITE_SQLITE_WRITE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Writing rows to a SQLite target: the writing operations of target.h, each
 * with a struct lite.
 */
struct err;
struct mutation;
struct target_writer;

int sqlite_write_begin(void *self, const struct target_writer *w, struct err
    *e);
int sqlite_write_row(void *self, const struct mutation *m, struct err *e);
int sqlite_write_work(void *self, int64_t until, struct err *e);
int sqlite_write_finish(void *self, bool stop, struct err *e);

#endif /* !NF_LOAD_SQLITE_SQLITE_WRITE_H */
