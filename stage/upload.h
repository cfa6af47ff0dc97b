/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_UPLOAD_H
#define NF_STAGE_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Storing a part and its receipt in the background, one at a time, while the
 * next part is read.  A part that already exists is adopted: it is read back
 * and its records are compared.  If its receipt exists too, comparing size and
 * CRC32C is enough.
 */
struct err;
struct part;
struct receipt;
struct store;
struct upload;

/**
 * upload_new(s, meta, max_line, e) / upload_free(u):
 * Store to ${s}, which must not be used between upload_start and upload_wait;
 * ${meta} is additional custom metadata for parts, as members of an object, or
 * NULL. upload_free waits for the upload in progress.
 */
struct upload *upload_new(struct store *s, const char *meta, size_t max_line,
    struct err *e);
void upload_free(struct upload *u);

/**
 * upload_start(u, p, before, e):
 * Begin to store ${p}, which has ended and must not change; ${before} is the
 * hash of the previous part or "".  Return 0 or -1.
 */
int upload_start(struct upload *u, const struct part *p, const char *before,
    struct err *e);

/**
 * upload_part(u):
 * Return the part last passed to upload_start, NULL after upload_wait.
 */
const struct part *upload_part(const struct upload *u);

/**
 * upload_done(u):
 * Return true if there is such a part and upload_wait would not block.
 */
bool upload_done(struct upload *u);

/**
 * upload_wait(u, r, e):
 * Wait until the part and its receipt are stored and verified; the receipt
 * is moved to ${r}.  Return 0 or -1.
 */
int upload_wait(struct upload *u, struct receipt *r, struct err *e);

#endif /* !NF_STAGE_UPLOAD_H */
