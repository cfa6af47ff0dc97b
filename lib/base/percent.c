/* SPDX-License-Identifier: Apache-2.0 */
#include "percent.h"

#include <stdint.h>
#include <string.h>

#include "buf.h"

void
percent_encode(struct buf *b, const void *p, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";
	static const char unreserved[] =
	    "0123456789-._~"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const uint8_t *s = p;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] != '\0' && strchr(unreserved, s[i]) != NULL) {
			buf_putc(b, s[i]);
			continue;
		}
		buf_putc(b, '%');
		buf_putc(b, digits[s[i] >> 4]);
		buf_putc(b, digits[s[i] & 15]);
	}
}

static int
read_hex_digit(char c)
{

	return (c >= '0' && c <= '9' ? c - '0' :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1);
}

int
percent_byte(const char **p, const char *end)
{
	const char *c = *p;
	int high, low;

	if (c == end)
		return (-1);
	*p = c + 1;
	if (*c != '%' || end - c < 3)
		return ((unsigned char)*c);
	high = read_hex_digit(c[1]);
	low = read_hex_digit(c[2]);
	if (high == -1 || low == -1)
		return ((unsigned char)*c);
	*p = c + 3;
	return (high * 16 + low);
}
