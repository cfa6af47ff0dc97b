/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_GCS_H
#define NF_STAGE_STORE_GCS_H

/*
 * The store in a bucket of Cloud Storage, accessed through its JSON API.
 * Objects are created with ifGenerationMatch=0, so that every request can be
 * retried.
 */
struct err;
struct store;
struct store_conf;

/**
 * gcs_open(path, conf, e):
 * Open the store ${path}, "BUCKET/PREFIX/" or "BUCKET/".  If
 * STORAGE_EMULATOR_HOST is set in the environment, use that server, without
 * credentials.
 */
struct store *gcs_open(const char *path, const struct store_conf *conf,
    struct err *e);

#endif /* !NF_STAGE_STORE_GCS_H */
