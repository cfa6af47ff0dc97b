/* SPDX-License-Identifier: Apache-2.0 */
#include "cell_size.h"

#include <stdint.h>
#include <string.h>

#define RAW "{\"base64\":\""
#define INT "{\"int64\":\""

/* Each surrogate represents half of four bytes. */
static size_t
count_code_bytes(const uint8_t *hex)
{
	unsigned int c = 0;
	int i;

	for (i = 0; i < 4; i++)
		c = c * 16 + (hex[i] <= '9' ? hex[i] - (unsigned)'0' :
		    (hex[i] | 0x20U) - 'a' + 10U);
	return (c < 0x80 ? 1 : c < 0x800 || c >> 11 == 0x1b ? 2 : 3);
}

size_t
cell_size_strings(const void *p, size_t n)
{
	const uint8_t *s = p, *end = s + n, *q;
	size_t sum = 0, run;

	while ((s = memchr(s, '"', (size_t)(end - s))) != NULL) {
		for (s++; *s != '"'; s += run) {
			if (*s != '\\') {
				for (q = s; *q != '"' && *q != '\\'; q++)
					continue;
				sum += run = (size_t)(q - s);
			} else if (s[1] == 'u') {
				sum += count_code_bytes(s + 2);
				run = 6;
			} else {
				sum++;
				run = 2;
			}
		}
		s++;
	}
	return (sum);
}

size_t
cell_size_value(const void *p, size_t n)
{
	const char *s = p;
	size_t digits;

	if (n > strlen(INT) && memcmp(s, INT, strlen(INT)) == 0)
		return (8);
	if (n < strlen(RAW "\"}") || memcmp(s, RAW, strlen(RAW)) != 0)
		return (cell_size_strings(p, n));
	digits = n - strlen(RAW "\"}");
	for (s += strlen(RAW); digits > 0 && s[digits - 1] == '='; digits--)
		continue;
	return (digits / 4 * 3 + digits % 4 * 3 / 4);
}
