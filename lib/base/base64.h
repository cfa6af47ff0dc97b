/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_BASE64_H
#define NF_LIB_BASE_BASE64_H

#include <stddef.h>

/*
 * base64 and its URL-safe form (RFC 4648 sections 4 and 5).
 */
struct buf;

/**
 * base64_encode(b, p, n), base64_encode_url(b, p, n):
 * Append ${n} bytes in base64 with padding; URL-safe and without padding.
 */
void base64_encode(struct buf *b, const void *p, size_t n);
void base64_encode_url(struct buf *b, const void *p, size_t n);

/**
 * base64_decode(b, p, n):
 * Decode ${n} characters of base64 (either alphabet, padding optional, no
 * white space) and append the bytes.  Return 0, or -1 if they are not valid
 * base64 or ${b} failed.
 */
int base64_decode(struct buf *b, const char *p, size_t n);

#endif /* !NF_LIB_BASE_BASE64_H */
