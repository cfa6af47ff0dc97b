/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_SUBJECT_H
#define NF_LIB_GOOGLE_CRED_SUBJECT_H

#include <jansson.h>
#include <stdint.h>

/*
 * The subject token of workload identity, which another identity provider
 * issued, from a file or a URL.  Part of cred.c.
 */
struct buf;
struct err;
struct http;

/**
 * cred_subject_get(h, conf, out, wait_ms, e):
 * Append the subject token to ${out}.  Return 0 or -1; ${wait_ms} as for
 * cred_post_send.
 */
int cred_subject_get(struct http *h, const json_t *conf, struct buf *out,
    int64_t *wait_ms, struct err *e);

#endif /* !NF_LIB_GOOGLE_CRED_SUBJECT_H */
