/* SPDX-License-Identifier: Apache-2.0 */
#include "crc32c.h"

#include <isa-l/crc.h>
#include <stdio.h>

/* The polynomial, and x^8; each bit is a coefficient, lowest power first. */
#define CRC32C_POLY 0x82f63b78U
#define CRC32C_X8   0x00800000U

/* ISA-L takes an int for the length. */
#define CRC32C_STEP ((size_t)1 << 30)

uint32_t
crc32c_update(uint32_t crc, const void *p, size_t n)
{
	/* crc32_iscsi reads only, though its prototype does not say so. */
	union {
		const void *in;
		unsigned char *isal;
	} u = { .in = p };
	size_t step;

	crc = ~crc;
	for (; n > 0; n -= step, u.isal += step) {
		step = n < CRC32C_STEP ? n : CRC32C_STEP;
		crc = crc32_iscsi(u.isal, (int)step, crc);
	}
	return (~crc);
}

/* The product of two polynomials, modulo that of CRC32C. */
static uint32_t
multiply_polynomials(uint32_t a, uint32_t b)
{
	uint32_t sum = 0;

	for (; a != 0; a <<= 1) {
		if ((a & 0x80000000U) != 0)
			sum ^= b;
		b = b >> 1 ^ ((b & 1) != 0 ? CRC32C_POLY : 0);
	}
	return (sum);
}

uint32_t
crc32c_combine(uint32_t before, uint32_t crc, uint64_t n)
{
	uint32_t power = CRC32C_X8;

	/* The part before is multiplied by x^8 for each byte that follows. */
	for (; n > 0; n >>= 1) {
		if ((n & 1) != 0)
			before = multiply_polynomials(before, power);
		power = multiply_polynomials(power, power);
	}
	return (before ^ crc);
}

void
crc32c_hex(uint32_t crc, char out[9])
{

	snprintf(out, 9, "%08x", (unsigned int)crc);
}

void
crc32c_base64(uint32_t crc, char out[9])
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	/* 32 bits are five digits and two bits of the sixth. */
	uint64_t v = (uint64_t)crc << 4;
	int i;

	for (i = 0; i < 6; i++)
		out[i] = digit[v >> (30 - 6 * i) & 63];
	out[6] = out[7] = '=';
	out[8] = '\0';
}
