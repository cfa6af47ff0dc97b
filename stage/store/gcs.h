/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_GCS_H
#define NF_STAGE_STORE_GCS_H

/*
 * The store in a bucket of Cloud Storage, by its JSON API.  Objects are
 * created with ifGenerationMatch=0, so that every request may be sent again.
 */
struct err;
struct store;
struct store_conf;

/**
 * gcs_open(path, conf, e):
 * The store ${path}, "BUCKET/PREFIX/" or "BUCKET/".  With
 * STORAGE_EMULATOR_HOST in the environment that server is used, and no
 * credentials.
 */
struct store *gcs_open(const char *path, const struct store_conf *conf,
    struct err *e);

#endif /* !NF_STAGE_STORE_GCS_H */
