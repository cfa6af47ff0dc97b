/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_HMAC_H
#define NF_LIB_BASE_HMAC_H

#include <stddef.h>
#include <stdint.h>

/*
 * HMAC-SHA-256 (RFC 2104, FIPS 180-4) of short texts, without libcrypto,
 * which nf-transform does not link.  For everything else see sha256.h.
 */
#define HMAC_HEX 65 /* 64 hex digits and a NUL */

/* A key, kept as the SHA-256 states derived from it.  It is a secret. */
struct hmac {
	uint32_t inner[8], outer[8];
};

/**
 * hmac_key(h, key, n):
 * Make ${h} from the key, ${n} bytes at ${key}.
 */
void hmac_key(struct hmac *h, const void *key, size_t n);

/**
 * hmac_text(h, p, n, hex):
 * Write the HMAC of the ${n} bytes at ${p} as lower-case hex digits.
 */
void hmac_text(const struct hmac *h, const void *p, size_t n,
    char hex[HMAC_HEX]);

#endif /* !NF_LIB_BASE_HMAC_H */
