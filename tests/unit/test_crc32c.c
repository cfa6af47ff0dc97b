/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/crc32c.h"

#include <stdlib.h>

#include "check.h"

/* RFC 3720 appendix B.4, the check value, and nothing. */
static void
test_vectors(void)
{
	uint8_t p[32];
	size_t i;

	CHECK_UINT(crc32c_update(0, "123456789", 9), 0xe3069283U);
	CHECK_UINT(crc32c_update(0, NULL, 0), 0);
	memset(p, 0, sizeof(p));
	CHECK_UINT(crc32c_update(0, p, sizeof(p)), 0x8a9136aaU);
	memset(p, 0xff, sizeof(p));
	CHECK_UINT(crc32c_update(0, p, sizeof(p)), 0x62a8ab43U);
	for (i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)i;
	CHECK_UINT(crc32c_update(0, p, sizeof(p)), 0x46dd794eU);
}

/* In pieces of any size it is the same. */
static void
test_pieces(void)
{
	uint8_t p[1000];
	size_t i, n;
	uint32_t whole, crc;

	for (i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)(i * 131 + (i >> 3));
	whole = crc32c_update(0, p, sizeof(p));
	for (n = 1; n <= sizeof(p); n += 37) {
		crc = 0;
		for (i = 0; i + n <= sizeof(p); i += n)
			crc = crc32c_update(crc, p + i, n);
		crc = crc32c_update(crc, p + i, sizeof(p) - i);
		CHECK_UINT(crc, whole);
	}
}

/* What two pieces are, from what each of them is. */
static void
test_combine(void)
{
	uint8_t p[1000];
	size_t i;
	uint32_t whole;

	for (i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)(i * 131 + (i >> 3));
	whole = crc32c_update(0, p, sizeof(p));
	for (i = 0; i <= sizeof(p); i += 8)
		CHECK_UINT(crc32c_combine(crc32c_update(0, p, i),
		    crc32c_update(0, p + i, sizeof(p) - i), sizeof(p) - i),
		    whole);
	CHECK_UINT(crc32c_combine(0, 0xe3069283U, 9), 0xe3069283U);
	CHECK_UINT(crc32c_combine(0xe3069283U, 0, 0), 0xe3069283U);
	/* Long: as zlib combines, but with this polynomial. */
	CHECK_UINT(crc32c_combine(0xe3069283U, 0x12345678U,
	    ((uint64_t)1 << 40) + 12345), 0x8def3718U);
}

static void
test_text(void)
{
	char out[9];

	crc32c_hex(0xe3069283U, out);
	CHECK_STR(out, "e3069283");
	crc32c_hex(0x1f, out);
	CHECK_STR(out, "0000001f");
	crc32c_base64(0xe3069283U, out);
	CHECK_STR(out, "4waSgw==");
	crc32c_base64(0, out);
	CHECK_STR(out, "AAAAAA==");
	crc32c_base64(0xffffffffU, out);
	CHECK_STR(out, "/////w==");
	crc32c_base64(0x00000001U, out);
	CHECK_STR(out, "AAAAAQ==");
}

int
main(void)
{

	TEST(test_vectors);
	TEST(test_pieces);
	TEST(test_combine);
	TEST(test_text);
	return (check_done());
}
