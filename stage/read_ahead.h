/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_READ_AHEAD_H
#define NF_STAGE_READ_AHEAD_H

#include <stddef.h>

#include "stage/store/store.h"

/*
 * Reading ahead: a thread reads stored parts, one after the other, into a ring
 * buffer of bounded size, while its owner checks and writes the data before.
 */
struct read_ahead;
struct err;
struct parts;

/**
 * read_ahead_start(s, parts, first, n, e) / read_ahead_stop(a):
 * Begin to read ${n} of ${parts} from part ${first} on, stored in ${s}, both
 * borrowed.  Do not use ${s}
 * until the last part has been taken or until read_ahead_stop; if it is
 * stopped before the last part, do not use ${s} again at all.  Return the
 * object or NULL.
 */
struct read_ahead *read_ahead_start(struct store *s,
    const struct parts *parts, size_t first, size_t n, struct err *e);
void read_ahead_stop(struct read_ahead *a);

/**
 * read_ahead_read(a, sink, arg, e):
 * Pass the next part to ${sink}, piece by piece.  Return values as for
 * store_read; do not call it again after any but 1.
 */
int read_ahead_read(struct read_ahead *a, store_sink *sink, void *arg, struct
    err *e);

#endif /* !NF_STAGE_READ_AHEAD_H */
