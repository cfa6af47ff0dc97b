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
 * Append a token to ${out}: the claims are ${n} bytes of JSON, ${kid} names
 * the key (may be NULL), ${pem} is the private key.  Return 0 or -1
 * (ERR_CONFIG for a key that is not valid; the key is never quoted).
 */
int jwt_sign(const char *claims, size_t n, const char *kid, const char *pem,
    struct buf *out, struct err *e);

#endif /* !NF_LIB_GOOGLE_JWT_H */
