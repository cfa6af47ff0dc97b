/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_TARGET_OPEN_H
#define NF_LOAD_TARGET_OPEN_H

/*
 * The only file that knows both kinds of targets.
 */
struct app;
struct buf;
struct err;
struct options;
struct target;

/* The use for which a target is opened. */
enum target_use {
	TARGET_READ,
	TARGET_WRITE,
	TARGET_CREATE /* a missing database file is created */
};

/**
 * target_open(o, app, use, e):
 * Open the target that ${o} names; it counts in ${app}.  Both are borrowed
 * until it is closed.  Return the target, which the caller closes with
 * target_close, or NULL: errors as for the backends.
 */
struct target *target_open(const struct options *o, struct app *app,
    enum target_use use, struct err *e);

/**
 * target_open_scratch(o, app, e):
 * Open a temporary target that is deleted when it is closed, and that accepts
 * lines for any table and family, to collect the rows that a mutation stream
 * results in.
 */
struct target *target_open_scratch(const struct options *o, struct app *app,
    struct err *e);

/**
 * target_open_libraries(b):
 * Append the names and versions of the libraries of all targets to ${b}.
 */
void target_open_libraries(struct buf *b);

#endif /* !NF_LOAD_TARGET_OPEN_H */
