/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SQLITE_SQLITE_WRITE_H
#define NF_LOAD_SQLITE_SQLITE_WRITE_H

#include <stdint.h>

#include "load/target.h"

/*
 * Writing rows to a SQLite target: the writing operations of target.h.
 */
struct err;
struct mutation;

/**
 * sqlite_write_begin and the others:
 * See target.h; for a target from sqlite_open.
 */
int sqlite_write_begin(struct target *t, const struct target_writer *w,
    struct err *e);
int sqlite_write_row(struct target *t, const struct mutation *m,
    struct err *e);
int sqlite_write_work(struct target *t, int64_t until, struct err *e);
int sqlite_write_finish(struct target *t, enum target_end how,
    struct err *e);

#endif /* !NF_LOAD_SQLITE_SQLITE_WRITE_H */
