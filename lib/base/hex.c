/* SPDX-License-Identifier: Apache-2.0 */
#include "hex.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

void
hex_write(const uint8_t *p, size_t n, char *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

/* Return the value of the digit, or -1. */
static int
read_lower_digit(char c)
{
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return (at == NULL ? -1 : (int)(at - digits));
}

int
hex_read(const char *text, uint8_t *out, size_t n)
{
	int high, low;
	size_t i;

	for (i = 0; i < n; i++) {
		high = read_lower_digit(text[2 * i]);
		if (high == -1 || (low = read_lower_digit(text[2 * i + 1]))
		    == -1)
			return (-1);
		out[i] = (uint8_t)(high << 4 | low);
	}
	return (0);
}
