/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_SUBJECT_H
#define NF_LIB_GOOGLE_CRED_SUBJECT_H

#include <jansson.h>

/*
 * What others say of us: the subject token of workload identity, from a file
 * or a URL, and the metadata server.  Part of cred.c.
 */
struct buf;
struct err;
struct http;

/**
 * cred_subject_check(conf, e):
 * Is the credential_source of ${conf} one that can be used?  Return 0 or -1
 * (ERR_CONFIG): executables, AWS and certificates are refused.
 */
int cred_subject_check(const json_t *conf, struct err *e);

/**
 * cred_subject_get(h, conf, out, e):
 * Append the subject token to ${out}.  Return 0 or -1.
 */
int cred_subject_get(struct http *h, const json_t *conf, struct buf *out,
    struct err *e);

/**
 * cred_subject_metadata(url, out, e):
 * Append the answer of the metadata server, which must prove to be it.
 * Return 0, or -1: ERR_PERM if there is none.
 */
int cred_subject_metadata(const char *url, struct buf *out, struct err *e);

#endif /* !NF_LIB_GOOGLE_CRED_SUBJECT_H */
