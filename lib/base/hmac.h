/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_HMAC_H
#define NF_LIB_BASE_HMAC_H

#include <stddef.h>
#include <stdint.h>

/*
 * HMAC-SHA-256 (RFC 2104, FIPS 180-4) of short texts, without libcrypto:
 * nf-transform links none.  sha256.h is for all else.
 */
#define HMAC_HEX 65 /* 64 hex digits and a NUL */

/* A key, as the states of SHA-256 that it leads to: a secret. */
struct hmac {
	uint32_t inner[8], outer[8];
};

/**
 * hmac_key(h, key, n):
 * Make ${h} the one of the ${n} bytes at ${key}.
 */
void hmac_key(struct hmac *h, const void *key, size_t n);

/**
 * hmac_text(h, p, n, hex):
 * Write the code of the ${n} bytes at ${p} as lower-case hex digits.
 */
void hmac_text(const struct hmac *h, const void *p, size_t n,
    char hex[HMAC_HEX]);

#endif /* !NF_LIB_BASE_HMAC_H */
