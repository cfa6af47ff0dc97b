/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_TARGET_OPEN_H
#define NF_LOAD_TARGET_OPEN_H

/*
 * The one place that knows both kinds of targets.
 */
struct app;
struct buf;
struct err;
struct options;
struct target;

/* What a target is opened for. */
enum target_use {
	TARGET_READ,
	TARGET_WRITE,
	TARGET_CREATE /* a missing database file is made */
};

/**
 * target_open(o, app, use, e):
 * Open the target that ${o} names; it counts in ${app}.  Both are borrowed
 * until it is closed.  Return it, to be closed by target_close, or NULL: what
 * the backends say.
 */
struct target *target_open(const struct options *o, struct app *app,
    enum target_use use, struct err *e);

/**
 * target_open_scratch(o, app, e):
 * Open a target of its own that vanishes when it is closed, and takes lines
 * for any table and family: what a mutation stream comes to.
 */
struct target *target_open_scratch(const struct options *o, struct app *app,
    struct err *e);

/**
 * target_open_libraries(b):
 * Append the names and versions of the libraries of all targets to ${b}.
 */
void target_open_libraries(struct buf *b);

#endif /* !NF_LOAD_TARGET_OPEN_H */
