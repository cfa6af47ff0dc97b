/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_GCS_UPLOAD_H
#define NF_STAGE_STORE_GCS_UPLOAD_H

/*
 * Creating an object in Cloud Storage: small ones in one request, large
 * ones in chunks.  The CRC32C is sent first, so that the object appears
 * complete or not at all.
 */
struct err;
struct gcs_request_peer;
struct store_body;
struct store_info;

/**
 * gcs_upload_create(p, name, body, info, e):
 * Create object ${name} (the full name).  Return 1 and fill ${info}; 0 if the
 * object already exists; -1 on error.
 */
int gcs_upload_create(const struct gcs_request_peer *p, const char *name,
    const struct store_body *body, struct store_info *info, struct err *e);

#endif /* !NF_STAGE_STORE_GCS_UPLOAD_H */
