/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_JWT_H
#define NF_LIB_GOOGLE_JWT_H

#include <stddef.h>

/*
 * JSON Web Tokens signed with RS256 (RFC 7515, RFC 7519), by libcrypto.
 */
struct buf;
struct err;

/**
 * jwt_sign(claims, n, kid, pem, out, e):
 * Append a token to ${out}.  ${claims} are ${n} bytes of JSON, ${kid} is the
 * id of the key or NULL, ${pem} is the private key.  Return 0 or -1
 * (ERR_CONFIG if the key is invalid; the message never quotes it).
 */
int jwt_sign(const char *claims, size_t n, const char *kid, const char *pem,
    struct buf *out, struct err *e);

#endif /* !NF_LIB_GOOGLE_JWT_H */
