/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_SECRET_H
#define NF_LIB_BASE_SECRET_H

#include <stdbool.h>

/*
 * Secrets are named, never written: "env:NAME" is an environment variable,
 * "file:PATH" the content of a file less its last line end.
 */
struct buf;
struct err;

#define SECRET_MAX (64U * 1024)

/**
 * secret_check(ref):
 * Return NULL if ${ref} names a secret, else what is wrong with it; the
 * text does not repeat ${ref}, which may be a secret by mistake.
 */
const char *secret_check(const char *ref);

/**
 * secret_read(ref, out, e):
 * Set ${out} to the secret that ${ref} names.  Return 0, or -1: ERR_CONFIG
 * if absent or it is empty or no header could carry it, ERR_PERM.
 */
int secret_read(const char *ref, struct buf *out, struct err *e);

/**
 * secret_name(name):
 * Return true if a header or parameter called ${name} usually carries a
 * credential.
 */
bool secret_name(const char *name);

#endif /* !NF_LIB_BASE_SECRET_H */
