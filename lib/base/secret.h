/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_SECRET_H
#define NF_LIB_BASE_SECRET_H

#include <stdbool.h>

/*
 * References to secrets, which never contain the secret itself: "env:NAME" is
 * an environment variable, "file:PATH" is the content of a file.  Line ends at
 * the end of a secret are removed.
 */
struct buf;
struct err;

#define SECRET_MAX (64U * 1024)

/**
 * secret_check(ref):
 * Return NULL if ${ref} is a valid reference, else the reason why it is not.
 * The reason does not quote ${ref}, which may be a secret by mistake.
 */
const char *secret_check(const char *ref);

/**
 * secret_read(ref, out, e):
 * Set ${out} to the secret that ${ref} names.  Return 0, or -1: ERR_CONFIG if
 * it is absent, empty or not valid in a header; ERR_PERM.
 */
int secret_read(const char *ref, struct buf *out, struct err *e);

/**
 * secret_name(name):
 * Return true if a header or parameter called ${name} usually carries a
 * credential.
 */
bool secret_name(const char *name);

#endif /* !NF_LIB_BASE_SECRET_H */
