/* SPDX-License-Identifier: Apache-2.0 */
#include "utf8.h"

#include <string.h>

#include "buf.h"

size_t
utf8_sequence(const uint8_t *p, size_t n)
{
	uint8_t c = p[0];

	if (c < 0x80)
		return (1);
	if (c < 0xc2 || c > 0xf4 || n < 2 || (p[1] & 0xc0) != 0x80)
		return (0);
	if (c < 0xe0)
		return (2);
	/* No overlong forms, no surrogates, nothing over U+10FFFF. */
	if (n < 3 || (p[2] & 0xc0) != 0x80 || (c == 0xe0 && p[1] < 0xa0) ||
	    (c == 0xed && p[1] > 0x9f))
		return (0);
	if (c < 0xf0)
		return (3);
	if (n < 4 || (p[3] & 0xc0) != 0x80 || (c == 0xf0 && p[1] < 0x90) ||
	    (c == 0xf4 && p[1] > 0x8f))
		return (0);
	return (4);
}

bool
utf8_valid(const void *p, size_t n)
{
	const uint8_t *s = p;
	size_t len;

	while (n > 0) {
		if ((len = utf8_sequence(s, n)) == 0)
			return (false);
		s += len;
		n -= len;
	}
	return (true);
}

size_t
utf8_blank(const uint8_t *p, size_t n)
{
	unsigned c;

	if (n == 0)
		return (0);
	if (p[0] < 0x80)
		return (p[0] == ' ' || (p[0] >= '\t' && p[0] <= '\r'));
	if (n >= 2 && p[0] == 0xc2) /* U+0085, U+00A0 */
		return (p[1] == 0x85 || p[1] == 0xa0 ? 2 : 0);
	if (n < 3 || p[0] < 0xe1 || p[0] > 0xe3 || (p[1] & 0xc0) != 0x80 ||
	    (p[2] & 0xc0) != 0x80)
		return (0);
	c = (p[0] & 0xfU) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU);
	return (c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
	    c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 ? 3 : 0);
}

size_t
utf8_blank_before(const uint8_t *p, size_t n)
{
	size_t len;

	for (len = 1; len <= 3 && len <= n; len++)
		if (utf8_blank(p + n - len, len) == len)
			return (len);
	return (0);
}

/* Return the value of the 4 hex digits at ${p}, or -1. */
static int
read_hex4(const uint8_t *p)
{
	int v = 0, i;

	for (i = 0; i < 4; i++) {
		v <<= 4;
		if (p[i] >= '0' && p[i] <= '9')
			v |= p[i] - '0';
		else if ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f')
			v |= (p[i] | 0x20) - 'a' + 10;
		else
			return (-1);
	}
	return (v);
}

size_t
utf8_escape_length(const uint8_t *p, size_t n)
{
	int hi, lo;

	if (n < 2)
		return (0);
	switch (p[1]) {
	case 'u':
		break;
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return (2);
	default:
		return (0);
	}
	if (n < 6 || (hi = read_hex4(p + 2)) == -1 || (hi >= 0xdc00 && hi <=
	    0xdfff))
		return (0);
	if (hi < 0xd800 || hi > 0xdbff)
		return (6);
	if (n < 12 || p[6] != '\\' || p[7] != 'u' ||
	    (lo = read_hex4(p + 8)) < 0xdc00 || lo > 0xdfff)
		return (0);
	return (12);
}

static void
put_code_point(struct buf *out, uint32_t u)
{

	if (u < 0x80) {
		buf_putc(out, (int)u);
		return;
	}
	if (u < 0x800)
		buf_putc(out, (int)(0xc0 | u >> 6));
	else {
		if (u < 0x10000)
			buf_putc(out, (int)(0xe0 | u >> 12));
		else {
			buf_putc(out, (int)(0xf0 | u >> 18));
			buf_putc(out, (int)(0x80 | (u >> 12 & 63)));
		}
		buf_putc(out, (int)(0x80 | (u >> 6 & 63)));
	}
	buf_putc(out, (int)(0x80 | (u & 63)));
}

size_t
utf8_unescape(const uint8_t *p, struct buf *out)
{
	static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
	const char *name;
	uint32_t u;

	if (p[1] != 'u') {
		name = strchr(names, p[1]);
		buf_putc(out, name != NULL ? values[name - names] : p[1]);
		return (2);
	}
	u = (uint32_t)read_hex4(p + 2);
	if (u < 0xd800 || u > 0xdbff) {
		put_code_point(out, u);
		return (6);
	}
	put_code_point(out, 0x10000 + ((u & 0x3ff) << 10) +
	    ((uint32_t)read_hex4(p + 8) & 0x3ff));
	return (12);
}
