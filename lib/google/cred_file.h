/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_FILE_H
#define NF_LIB_GOOGLE_CRED_FILE_H

#include <jansson.h>

/*
 * Credential files: which members each type has, and which of them change
 * what a file means but are not supported.  Part of cred.c.
 */
struct err;

/**
 * cred_file_read(path, e):
 * Read the credential file ${path} and check it.  Return it, to be released,
 * or NULL: ERR_CONFIG (not JSON, what cred_file_check says), ERR_IO.
 */
json_t *cred_file_read(const char *path, struct err *e);

/**
 * cred_file_check(conf, e):
 * Look whether ${conf}, a credential file, is of a type that can be used, has
 * the members that it needs, names Google's hosts only, and has no member
 * that would have to be obeyed and cannot be.  A member that nobody knows is
 * logged.  Return 0 or -1 (ERR_CONFIG).
 */
int cred_file_check(const json_t *conf, struct err *e);

#endif /* !NF_LIB_GOOGLE_CRED_FILE_H */
