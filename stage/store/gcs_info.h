/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_GCS_INFO_H
#define NF_STAGE_STORE_GCS_INFO_H

#include <jansson.h>

/*
 * Object metadata of the JSON API (the Objects resource).
 */
struct buf;
struct err;
struct gcs_request_peer;
struct store_info;

/**
 * gcs_info_from(o, info, e):
 * Read generation, size, crc32c and updated from the resource ${o}.  Return 0
 * or -1.
 */
int gcs_info_from(const json_t *o, struct store_info *info, struct err *e);

/**
 * gcs_info_parse(body, info, e):
 * The same for the JSON text ${body} of a resource.
 */
int gcs_info_parse(const struct buf *body, struct store_info *info,
    struct err *e);

/**
 * gcs_info_get(p, name, info, e):
 * Request the metadata of the object with the full name ${name}.  Return 1 and
 * fill ${info}, 0 if absent, -1 on error.
 */
int gcs_info_get(const struct gcs_request_peer *p, const char *name,
    struct store_info *info, struct err *e);

#endif /* !NF_STAGE_STORE_GCS_INFO_H */
