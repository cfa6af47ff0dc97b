/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_CRC32C_H
#define NF_LIB_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * CRC32C (Castagnoli, RFC 3720 appendix B.4; the check value of "123456789"
 * is 0xe3069283), computed by ISA-L.
 */

/**
 * crc32c_update(crc, p, n):
 * Return the CRC32C of the data whose CRC32C is ${crc} (0: no data) followed
 * by the ${n} bytes at ${p}.
 */
uint32_t crc32c_update(uint32_t crc, const void *p, size_t n);

/**
 * crc32c_combine(before, crc, n):
 * Return the CRC32C of the data whose CRC32C is ${before} followed by ${n}
 * bytes whose CRC32C is ${crc}.
 */
uint32_t crc32c_combine(uint32_t before, uint32_t crc, uint64_t n);

/**
 * crc32c_hex(crc, out):
 * Write ${crc} as 8 lower-case hex digits and a NUL, as in an end line.
 */
void crc32c_hex(uint32_t crc, char out[9]);

/**
 * crc32c_base64(crc, out):
 * Write ${crc} as Cloud Storage does: the base64 of 4 big-endian bytes, which
 * is 8 characters, and a NUL.
 */
void crc32c_base64(uint32_t crc, char out[9]);

#endif /* !NF_LIB_BASE_CRC32C_H */
