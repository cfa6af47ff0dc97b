/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/hex.h"

#include "check.h"

/* What is written is read again. */
static void
test_bytes(void)
{
	uint8_t all[256], back[256];
	char text[513];
	size_t i;

	for (i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	memset(text, 'x', sizeof(text));
	hex_write(all, 256, text);
	CHECK_INT(strlen(text), 512);
	CHECK_INT(hex_read(text, back, 256), 0);
	CHECK(memcmp(all, back, 256) == 0);
	hex_write((const uint8_t *)"\x09\xaf", 2, text);
	CHECK_STR(text, "09af");
	hex_write(all, 0, text);
	CHECK_STR(text, "");
}

/* Only lower case, and no byte after the first that is no digit. */
static void
test_refused(void)
{
	uint8_t out[2];
	char text[5];
	int c, i;

	for (i = 0; i < 4; i++)
		for (c = -128; c < 128; c++) {
			strcpy(text, "0f9a");
			text[i] = (char)c;
			CHECK_INT(hex_read(text, out, 2), (c >= '0' && c <= '9')
			    || (c >= 'a' && c <= 'f') ? 0 : -1);
		}
	CHECK_INT(hex_read("12345", out, 2), 0);
	CHECK_INT(hex_read("", out, 2), -1);
	CHECK_INT(hex_read("", out, 0), 0);
}

int
main(void)
{

	TEST(test_bytes);
	TEST(test_refused);
	return (check_done());
}
