/* SPDX-License-Identifier: Apache-2.0 */
#include "charset.h"

#include <stdint.h>
#include <string.h>

#include "buf.h"
#include "err.h"

#define MAX_NAME 24

/* The characters 0x80 to 0x9f of windows-1252; 0: undefined. */
static const uint16_t windows_1252[32] = { 0x20ac, 0, 0x201a, 0x0192, 0x201e,
	0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
	0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178 };

enum charset
charset_find(const char *name, size_t n)
{
	static const struct {
		const char *name;
		enum charset charset;
	} known[] = { { "utf8", CHARSET_UTF8 }, { "ascii", CHARSET_UTF8 },
		{ "usascii", CHARSET_UTF8 }, { "utf8mb4", CHARSET_UTF8 },
		{ "iso88591", CHARSET_LATIN1 }, { "latin1", CHARSET_LATIN1 },
		{ "l1", CHARSET_LATIN1 }, { "iso885915", CHARSET_LATIN9 },
		{ "latin9", CHARSET_LATIN9 },
		{ "windows1252", CHARSET_WINDOWS1252 },
		{ "cp1252", CHARSET_WINDOWS1252 },
		{ "utf16", CHARSET_UTF16 }, { "utf16le", CHARSET_UTF16LE },
		{ "utf16be", CHARSET_UTF16BE } };
	char key[MAX_NAME + 1];
	size_t i, len = 0;

	for (i = 0; i < n && len < MAX_NAME; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			key[len++] = (char)(name[i] + ('a' - 'A'));
		else if (strchr("-_ ", name[i]) == NULL)
			key[len++] = name[i];
	key[len] = '\0';
	for (i = 0; len < MAX_NAME && i < sizeof(known) / sizeof(known[0]);
	    i++)
		if (strcmp(known[i].name, key) == 0)
			return (known[i].charset);
	return (CHARSET_UNKNOWN);
}

enum charset
charset_guess(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	if (n < 2)
		return (CHARSET_UTF8);
	if ((p[0] == 0xff && p[1] == 0xfe) || (p[0] != 0 && p[1] == 0))
		return (CHARSET_UTF16LE);
	if ((p[0] == 0xfe && p[1] == 0xff) || (p[0] == 0 && p[1] != 0))
		return (CHARSET_UTF16BE);
	return (CHARSET_UTF8);
}

static void
append_point(struct buf *out, uint32_t c)
{

	if (c < 0x80) {
		buf_putc(out, (int)c);
	} else if (c < 0x800) {
		buf_putc(out, (int)(0xc0 | c >> 6));
		buf_putc(out, (int)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_putc(out, (int)(0xe0 | c >> 12));
		buf_putc(out, (int)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (int)(0x80 | (c & 0x3f)));
	} else {
		buf_putc(out, (int)(0xf0 | c >> 18));
		buf_putc(out, (int)(0x80 | (c >> 12 & 0x3f)));
		buf_putc(out, (int)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (int)(0x80 | (c & 0x3f)));
	}
}

/* The character of byte ${c} over 0x7f; 0: undefined. */
static uint32_t
map_byte(enum charset charset, uint8_t c)
{
	static const struct {
		uint8_t byte;
		uint16_t point;
	} latin9[] = { { 0xa4, 0x20ac }, { 0xa6, 0x160 }, { 0xa8, 0x161 },
		{ 0xb4, 0x17d }, { 0xb8, 0x17e }, { 0xbc, 0x152 },
		{ 0xbd, 0x153 }, { 0xbe, 0x178 } };
	size_t i;

	if (charset == CHARSET_LATIN9)
		for (i = 0; i < sizeof(latin9) / sizeof(latin9[0]); i++)
			if (latin9[i].byte == c)
				return (latin9[i].point);
	if (c >= 0xa0 || charset == CHARSET_LATIN9)
		return (c);
	if (windows_1252[c - 0x80] == 0 && charset == CHARSET_LATIN1)
		return (c); /* a control character, as in the standard */
	return (windows_1252[c - 0x80]);
}

static int
refuse_byte(size_t at, struct err *e)
{

	return (err_set_code(e, ERR_DATA, "bad_charset", "not in the charset "
	    "at byte %zu", at + 1));
}

static int
decode_bytes(enum charset c, const uint8_t *p, size_t n, struct buf *out,
    struct err *e)
{
	uint32_t point;
	size_t i;

	for (i = 0; i < n; i++) {
		point = p[i] < 0x80 ? p[i] : map_byte(c, p[i]);
		if (p[i] >= 0x80 && point == 0)
			return (refuse_byte(i, e));
		append_point(out, point);
	}
	return (0);
}

static uint32_t
read_unit(enum charset c, const uint8_t *p)
{

	return (c == CHARSET_UTF16LE ? (uint32_t)(p[1] << 8 | p[0]) :
	    (uint32_t)(p[0] << 8 | p[1]));
}

static int
decode_units(enum charset c, const uint8_t *p, size_t n, struct buf *out,
    struct err *e)
{
	uint32_t unit, low;
	size_t i;

	if (c == CHARSET_UTF16)
		c = n >= 2 && p[0] == 0xff && p[1] == 0xfe ? CHARSET_UTF16LE :
		    CHARSET_UTF16BE;
	i = n >= 2 && read_unit(c, p) == 0xfeff ? 2 : 0;
	for (; i + 1 < n; i += 2) {
		unit = read_unit(c, p + i);
		if (unit >= 0xd800 && unit <= 0xdbff && i + 3 < n) {
			low = read_unit(c, p + i + 2);
			if (low < 0xdc00 || low > 0xdfff)
				return (refuse_byte(i, e));
			unit = 0x10000 + ((unit - 0xd800) << 10) +
			    (low - 0xdc00);
			i += 2;
		} else if (unit >= 0xdc00 && unit <= 0xdfff) {
			return (refuse_byte(i, e));
		} else if (unit >= 0xd800 && unit <= 0xdbff) {
			break; /* the other half is cut off */
		}
		append_point(out, unit);
	}
	return (i == n ? 0 : err_set_code(e, ERR_TEMP, "bad_charset", "cut "
	    "off inside a character"));
}

int
charset_decode(enum charset c, const void *p, size_t n, struct buf *out,
    struct err *e)
{

	switch (c) {
	case CHARSET_UNKNOWN:
	case CHARSET_UTF8:
		buf_append(out, p, n);
		return (0);
	case CHARSET_LATIN1:
	case CHARSET_LATIN9:
	case CHARSET_WINDOWS1252:
		return (decode_bytes(c, p, n, out, e));
	case CHARSET_UTF16:
	case CHARSET_UTF16LE:
	case CHARSET_UTF16BE:
		return (decode_units(c, p, n, out, e));
	}
	return (0);
}
