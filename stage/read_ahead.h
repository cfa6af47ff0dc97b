/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_READ_AHEAD_H
#define NF_STAGE_READ_AHEAD_H

#include <stddef.h>

#include "stage/store/store.h"

/*
 * Reading ahead: a thread gets stored parts, one after the other, into a
 * ring of bounded size, while its owner checks and writes what came before.
 */
struct read_ahead;
struct err;
struct receipt;

/**
 * read_ahead_start(s, part, n, e) / read_ahead_stop(a):
 * Begin to read the ${n} parts ${part} of ${s}, all borrowed.  Until the
 * last of them has been taken or read_ahead_stop, nothing else may be done with
 * ${s}; if it is stopped before that, nothing at all any more.  Return it or
 * NULL.
 */
struct read_ahead *read_ahead_start(struct store *s, const struct receipt *part,
    size_t n, struct err *e);
void read_ahead_stop(struct read_ahead *a);

/**
 * read_ahead_read(a, sink, arg, e):
 * Hand the next part to ${sink}, piece by piece; returns as store_read.
 * After anything but 1 there is no next.
 */
int read_ahead_read(struct read_ahead *a, store_sink *sink, void *arg, struct
    err *e);

#endif /* !NF_STAGE_READ_AHEAD_H */
