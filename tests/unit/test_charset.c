/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/charset.h"

#include "check.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

/* ${p} in ${c} is ${want} in UTF-8; NULL: refused. */
static void
check_decode(enum charset c, const char *p, size_t n, const char *want)
{
	struct err e = { .class = ERR_NONE };
	struct buf b;
	int rc;

	buf_init(&b, 4096);
	rc = charset_decode(c, p, n, &b, &e);
	CHECK_INT(rc, want == NULL ? -1 : 0);
	if (want != NULL)
		CHECK_MEM(b.data, b.len, want);
	else
		CHECK_STR(e.code, "bad_charset");
	buf_free(&b);
}

static void
test_names(void)
{
	static const struct {
		const char *name;
		enum charset c;
	} all[] = { { "UTF-8", CHARSET_UTF8 }, { "utf8", CHARSET_UTF8 },
		{ "US-ASCII", CHARSET_UTF8 }, { "ISO-8859-1", CHARSET_LATIN1 },
		{ "iso8859_1", CHARSET_LATIN1 }, { "latin1", CHARSET_LATIN1 },
		{ "ISO-8859-15", CHARSET_LATIN9 },
		{ "Windows-1252", CHARSET_WINDOWS1252 },
		{ "cp1252", CHARSET_WINDOWS1252 }, { "UTF-16", CHARSET_UTF16 },
		{ "utf-16le", CHARSET_UTF16LE }, { "", CHARSET_UNKNOWN },
		{ "utf-7", CHARSET_UNKNOWN }, { "shift_jis", CHARSET_UNKNOWN },
		{ "utf-8-and-a-very-long-rest-of-it", CHARSET_UNKNOWN } };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		CHECK_INT(charset_find(all[i].name, strlen(all[i].name)),
		    all[i].c);
}

static void
test_bytes(void)
{

	check_decode(CHARSET_LATIN1, "S\xe3o", 3, "S\xc3\xa3o");
	check_decode(CHARSET_LATIN1, "\x80\x81\xff", 3,
	    "\xe2\x82\xac\xc2\x81\xc3\xbf");
	check_decode(CHARSET_WINDOWS1252, "\x93x\x94\x96", 4,
	    "\xe2\x80\x9cx\xe2\x80\x9d\xe2\x80\x93");
	check_decode(CHARSET_WINDOWS1252, "x\x81", 2, NULL);
	check_decode(CHARSET_LATIN9, "\xa4\xa5\xbe", 3,
	    "\xe2\x82\xac\xc2\xa5\xc5\xb8");
	check_decode(CHARSET_UTF8, "\xe3", 1, "\xe3");
	check_decode(CHARSET_LATIN1, "", 0, "");
}

static void
test_units(void)
{

	check_decode(CHARSET_UTF16LE, "[\0\xe3\0]\0", 6, "[\xc3\xa3]");
	check_decode(CHARSET_UTF16BE, "\0[\0\xe3\0]", 6, "[\xc3\xa3]");
	check_decode(CHARSET_UTF16, "\xff\xfe[\0]\0", 6, "[]");
	check_decode(CHARSET_UTF16, "\xfe\xff\0[\0]", 6, "[]");
	check_decode(CHARSET_UTF16, "\0[\0]", 4, "[]");
	check_decode(CHARSET_UTF16BE, "\xd8\x3d\xde\x00", 4,
	    "\xf0\x9f\x98\x80");
	check_decode(CHARSET_UTF16BE, "\x20\xac", 2, "\xe2\x82\xac");
	check_decode(CHARSET_UTF16BE, "\xd8\x3d\0x", 4, NULL);
	check_decode(CHARSET_UTF16BE, "\xde\x00\0x", 4, NULL);
	check_decode(CHARSET_UTF16BE, "\0x\xd8\x3d", 4, NULL);
	check_decode(CHARSET_UTF16BE, "\0x\xd8", 3, NULL);
	check_decode(CHARSET_UTF16, "", 0, "");
	check_decode(CHARSET_UTF16, "x", 1, NULL);
}

static void
test_guess(void)
{

	CHECK_INT(charset_guess("\xff\xfe[\0", 4), CHARSET_UTF16LE);
	CHECK_INT(charset_guess("\xfe\xff\0[", 4), CHARSET_UTF16BE);
	CHECK_INT(charset_guess("[\0]\0", 4), CHARSET_UTF16LE);
	CHECK_INT(charset_guess("\0[\0]", 4), CHARSET_UTF16BE);
	CHECK_INT(charset_guess("[]", 2), CHARSET_UTF8);
	CHECK_INT(charset_guess("\0\0", 2), CHARSET_UTF8);
	CHECK_INT(charset_guess("[", 1), CHARSET_UTF8);
	CHECK_INT(charset_guess("\xef\xbb\xbf[]", 5), CHARSET_UTF8);
}

int
main(void)
{

	TEST(test_names);
	TEST(test_bytes);
	TEST(test_units);
	TEST(test_guess);
	return (check_done());
}
