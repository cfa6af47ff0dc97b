/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/vector.h"

#include "lib/json/scan_plain.h"
#include "tests/unit/check.h"

/* Every mask there is, by the machine's way and by plain C. */
static void
test_mask(void)
{
	uint8_t byte[VECTOR_BYTES];
	vector_s8 hits;
	unsigned mask, i;
	bool ok = true;

	for (mask = 0; ok && mask <= 0xffff; mask++) {
		for (i = 0; i < VECTOR_BYTES; i++)
			byte[i] = (mask >> i & 1) != 0 ? 0xff : 0;
		hits = (vector_s8)vector_load(byte);
		ok = CHECK_UINT(vector_mask(hits), mask) &&
		    CHECK_UINT(vector_mask_plain(hits), mask);
	}
}

static bool
is_plain(unsigned c)
{

	return (c >= ' ' && c < 0x80 && c != '"' && c != '\\');
}

/* Every byte at every place of a vector, with every end of the text. */
static void
test_comparison(void)
{
	uint8_t text[2 * VECTOR_BYTES + 1];
	const uint8_t *got;
	unsigned c, at, n;
	bool ok = true;

	for (c = 0; ok && c < 256; c++) {
		memset(text, 'a', sizeof(text));
		for (at = 0; ok && at <= VECTOR_BYTES; at++) {
			text[at] = (uint8_t)c;
			for (n = 0; ok && n <= VECTOR_BYTES; n++) {
				got = scan_plain_skip(text, text + n);
				ok = CHECK_INT(got - text,
				    is_plain(c) || at > n ? n : at);
			}
			text[at] = 'a';
		}
	}
}

int
main(void)
{

	TEST(test_mask);
	TEST(test_comparison);
	return (check_done());
}
