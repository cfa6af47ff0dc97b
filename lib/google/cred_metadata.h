/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_METADATA_H
#define NF_LIB_GOOGLE_CRED_METADATA_H

#include <stdbool.h>

/*
 * The metadata server of Google's machines.  Part of cred.c.
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
 * Append the answer of the metadata server to a request for ${path} to
 * ${out}; it must prove to be one.  Return 0 or -1: ERR_TEMP if it does not
 * answer or cannot now; ERR_PERM with the code no_credentials if there is
 * none: nothing is there, and nothing says that this is a machine of
 * Google's, unless it is ${known} to have answered before.
 */
int cred_metadata_get(const char *path, bool known, struct buf *out,
    struct err *e);

#endif /* !NF_LIB_GOOGLE_CRED_METADATA_H */
