/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_METADATA_H
#define NF_LIB_GOOGLE_CRED_METADATA_H

#include <stdbool.h>

/*
 * The metadata server of Google Cloud machines.  Part of cred.c.
 */
struct buf;
struct err;

/**
 * cred_metadata_check(e):
 * Return 0, or -1 (ERR_CONFIG) if GCE_METADATA_HOST is not HOST[:PORT].
 */
int cred_metadata_check(struct err *e);

/**
 * cred_metadata_get(path, known, out, e):
 * Request ${path} from the metadata server and append the body of its response
 * to ${out}; the response must prove that it comes from a metadata server.
 * Return 0 or -1: ERR_TEMP if the server does not respond or is unavailable;
 * ERR_PERM with the code no_credentials if there is no metadata server, which
 * means that no server responds and nothing indicates a machine of Google's.
 * ${known}: the server has responded before, so its absence is ERR_TEMP.
 */
int cred_metadata_get(const char *path, bool known, struct buf *out,
    struct err *e);

#endif /* !NF_LIB_GOOGLE_CRED_METADATA_H */
