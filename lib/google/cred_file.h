/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_FILE_H
#define NF_LIB_GOOGLE_CRED_FILE_H

#include <jansson.h>

/*
 * Credential files: the members of each type, and those that change the
 * meaning of a file but are not supported.  Part of cred.c.
 */
struct err;

/**
 * cred_file_read(path, e):
 * Read the credential file ${path} and check it.  Return it, to be released by
 * the caller, or NULL: ERR_CONFIG (not JSON, or refused by cred_file_check),
 * ERR_IO.
 */
json_t *cred_file_read(const char *path, struct err *e);

/**
 * cred_file_check(conf, e):
 * Check that ${conf}, a credential file, is of a supported type, has the
 * required members, names only hosts that are allowed, and has no member that
 * would matter but is not supported.  An unknown member is logged.  Return 0
 * or -1 (ERR_CONFIG).
 */
int cred_file_check(const json_t *conf, struct err *e);

#endif /* !NF_LIB_GOOGLE_CRED_FILE_H */
