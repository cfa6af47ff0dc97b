/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_PERCENT_H
#define NF_LIB_BASE_PERCENT_H

#include <stddef.h>

/*
 * Percent-encoding (RFC 3986 section 2.1).
 */
struct buf;

/**
 * percent_encode(b, p, n):
 * Append the ${n} bytes at ${p}, with all but the unreserved characters
 * percent-encoded.
 */
void percent_encode(struct buf *b, const void *p, size_t n);

/**
 * percent_byte(p, end):
 * Return the byte at ${p}, which may be written as an escape, and move ${p}
 * past it; return -1 at ${end}.
 */
int percent_byte(const char **p, const char *end);

#endif /* !NF_LIB_BASE_PERCENT_H */
