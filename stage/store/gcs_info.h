/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_GCS_INFO_H
#define NF_STAGE_STORE_GCS_INFO_H

#include <jansson.h>

/*
 * What the JSON API says of an object (the Objects resource).
 */
struct buf;
struct err;
struct gcs_request_peer;
struct store_info;

/**
 * gcs_info_from(o, info, e):
 * Read generation, size, crc32c and updated of object ${o}.  Return 0 or -1.
 */
int gcs_info_from(const json_t *o, struct store_info *info, struct err *e);

/**
 * gcs_info_parse(body, info, e):
 * The same for the JSON text of one.
 */
int gcs_info_parse(const struct buf *body, struct store_info *info,
    struct err *e);

/**
 * gcs_info_get(p, name, info, e):
 * Ask for what is known of the object of the whole name ${name}.  Return 1
 * and fill ${info}, 0 if absent, -1 on error.
 */
int gcs_info_get(const struct gcs_request_peer *p, const char *name,
    struct store_info *info, struct err *e);

#endif /* !NF_STAGE_STORE_GCS_INFO_H */
