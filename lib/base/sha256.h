/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_SHA256_H
#define NF_LIB_BASE_SHA256_H

#include <stddef.h>

/*
 * SHA-256 (FIPS 180-4), computed by libcrypto.
 */
#define SHA256_HEX 65 /* 64 hex digits and a NUL */

struct err;
struct sha256;

/**
 * sha256_new(e) / sha256_free(h):
 * Make a hash of no bytes yet; free it.
 */
struct sha256 *sha256_new(struct err *e);
void sha256_free(struct sha256 *h);

/**
 * sha256_update(h, p, n) / sha256_end(h, hex, e):
 * Add ${n} bytes; write the digest as lower-case hex and start a new hash.
 * sha256_end returns 0, or -1 if libcrypto failed at any point.
 */
void sha256_update(struct sha256 *h, const void *p, size_t n);
int sha256_end(struct sha256 *h, char hex[SHA256_HEX], struct err *e);

#endif /* !NF_LIB_BASE_SHA256_H */
