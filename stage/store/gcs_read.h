/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_GCS_READ_H
#define NF_STAGE_STORE_GCS_READ_H

#include "store.h"

/*
 * Downloading an object: one that breaks off goes on where it was, by a
 * Range, or from the start if the server knows none, and in the generation
 * that it began with.
 */
struct err;
struct gcs_request_peer;

/**
 * gcs_read_object(p, name, want, sink, arg, e):
 * As store_read, of the whole name ${name}.
 */
int gcs_read_object(const struct gcs_request_peer *p, const char *name,
    const struct store_info *want, store_sink *sink, void *arg,
    struct err *e);

#endif /* !NF_STAGE_STORE_GCS_READ_H */
