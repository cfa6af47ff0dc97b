/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_HEX_H
#define NF_LIB_BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

/*
 * Bytes as lower-case hex digits, the form of hashes and checksums.
 */

/**
 * hex_write(p, n, out):
 * Write the ${n} bytes at ${p} as 2 * ${n} digits and a NUL.
 */
void hex_write(const uint8_t *p, size_t n, char *out);

/**
 * hex_read(text, out, n):
 * Read ${n} bytes from the 2 * ${n} digits at ${text}; what follows them is
 * ignored.  Return 0, or -1 if one is no lower-case hex digit.
 */
int hex_read(const char *text, uint8_t *out, size_t n);

#endif /* !NF_LIB_BASE_HEX_H */
