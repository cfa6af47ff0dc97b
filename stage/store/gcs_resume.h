/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_GCS_RESUME_H
#define NF_STAGE_STORE_GCS_RESUME_H

/*
 * Creating a large object by a resumable upload: a session, chunks of 8 MiB,
 * and the question how far the server has got whenever that is in doubt.
 */
struct buf;
struct err;
struct gcsrequest_peer;
struct http_response;
struct store_body;
struct store_info;

/**
 * gcsresume_create(p, name, body, info, e):
 * As gcsupload_create.
 */
int gcsresume_create(const struct gcsrequest_peer *p, const char *name,
    const struct store_body *body, struct store_info *info, struct err *e);

/**
 * gcsresume_describe(p, name, body, out):
 * Append what the object is to be, as JSON.
 */
void gcsresume_describe(const struct gcsrequest_peer *p, const char *name,
    const struct store_body *body, struct buf *out);

/**
 * gcsresume_done(a, body, info, e):
 * ${a} answers the end of an upload: fill ${info} and compare size and CRC32C
 * with what was sent.  Return 1 or -1.
 */
int gcsresume_done(const struct http_response *a,
    const struct store_body *body, struct store_info *info, struct err *e);

#endif /* !NF_STAGE_STORE_GCS_RESUME_H */
