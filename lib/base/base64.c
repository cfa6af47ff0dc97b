/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

#include <stdint.h>

#include "buf.h"

static const char standard[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char urlsafe[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Encode 1 to 3 bytes as 4 characters, with '=' for missing bytes. */
static void
encode_group(char out[4], const uint8_t *p, size_t n, const char *alphabet)
{
	uint32_t v = (uint32_t)p[0] << 16;

	if (n > 1)
		v |= (uint32_t)p[1] << 8;
	if (n > 2)
		v |= p[2];
	out[0] = alphabet[v >> 18];
	out[1] = alphabet[(v >> 12) & 63];
	out[2] = n > 1 ? alphabet[(v >> 6) & 63] : '=';
	out[3] = n > 2 ? alphabet[v & 63] : '=';
}

void
base64_encode(struct buf *b, const void *p, size_t n)
{
	const uint8_t *in = p;
	char group[4];
	size_t step;

	for (; n > 0; n -= step, in += step) {
		step = n < 3 ? n : 3;
		encode_group(group, in, step, standard);
		buf_append(b, group, 4);
	}
}

void
base64_encode_url(struct buf *b, const void *p, size_t n)
{
	const uint8_t *in = p;
	char group[4];
	size_t step;

	for (; n > 0; n -= step, in += step) {
		step = n < 3 ? n : 3;
		encode_group(group, in, step, urlsafe);
		buf_append(b, group, step + 1);
	}
}

/* The value of a character of either alphabet, -1 if it is in neither. */
static int
find_value(char c)
{

	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	if (c == '+' || c == '-')
		return (62);
	if (c == '/' || c == '_')
		return (63);
	return (-1);
}

int
base64_decode(struct buf *b, const char *p, size_t n)
{
	uint32_t bits = 0;
	size_t i, have = 0, len = n;
	int v;

	/* Padding only fills the last group. */
	while (len > 0 && p[len - 1] == '=')
		len--;
	if (n - len > 2 || (n != len && n % 4 != 0) || len % 4 == 1)
		return (-1);
	for (i = 0; i < len; i++) {
		if ((v = find_value(p[i])) == -1)
			return (-1);
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_putc(b, (int)(bits >> have & 255));
		}
	}
	/* The bits left over belong to no byte and must be 0. */
	if ((bits & ((1U << have) - 1)) != 0)
		return (-1);
	return (b->failed ? -1 : 0);
}
