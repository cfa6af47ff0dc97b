/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_GCS_READ_H
#define NF_STAGE_STORE_GCS_READ_H

#include "store.h"

/*
 * Downloading an object.  A download that breaks off continues where it
 * stopped, by a Range request, or from the start if the server does not
 * support ranges.  It stays with the generation with which it began.
 */
struct err;
struct gcs_request_peer;

/**
 * gcs_read_object(p, name, want, sink, arg, e):
 * Like store_read, with the full name ${name}.
 */
int gcs_read_object(const struct gcs_request_peer *p, const char *name,
    const struct store_info *want, store_sink *sink, void *arg,
    struct err *e);

#endif /* !NF_STAGE_STORE_GCS_READ_H */
