/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_GCS_RESUME_H
#define NF_STAGE_STORE_GCS_RESUME_H

/*
 * Creating a large object by a resumable upload: a session, chunks of 8 MiB,
 * and a status query whenever it is unclear how much the server has received.
 */
struct buf;
struct err;
struct gcs_request_peer;
struct http_response;
struct store_body;
struct store_info;

/**
 * gcs_resume_create(p, name, body, info, e):
 * Like gcs_upload_create.
 */
int gcs_resume_create(const struct gcs_request_peer *p, const char *name,
    const struct store_body *body, struct store_info *info, struct err *e);

/**
 * gcs_resume_describe(p, name, body, out):
 * Append the metadata of the new object, as JSON.
 */
void gcs_resume_describe(const struct gcs_request_peer *p, const char *name,
    const struct store_body *body, struct buf *out);

/**
 * gcs_resume_done(a, body, info, e):
 * ${a} is the response to the end of an upload: fill ${info} and compare its
 * size and CRC32C with those of ${body}.  Return 1 or -1.
 */
int gcs_resume_done(const struct http_response *a,
    const struct store_body *body, struct store_info *info, struct err *e);

#endif /* !NF_STAGE_STORE_GCS_RESUME_H */
