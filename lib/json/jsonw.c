/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonw.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"

size_t
jsonw_escape(uint8_t *to, uint8_t c)
{
	static const char names[] = "btn-fr"; /* 8 to 13; 11 has none */
	static const char hex[] = "0123456789abcdef";

	to[0] = '\\';
	if (c == '"' || c == '\\')
		to[1] = c;
	else if (c >= 8 && c <= 13 && c != 11)
		to[1] = (uint8_t)names[c - 8];
	else {
		memcpy(to + 1, "u00", 3);
		to[4] = (uint8_t)hex[c >> 4];
		to[5] = (uint8_t)hex[c & 15];
		return (6);
	}
	return (2);
}

void
jsonw_string(struct buf *b, const void *p, size_t n)
{
	const uint8_t *s = p;
	uint8_t escape[JSONW_ESCAPE];
	size_t i = 0, from = 0, len;

	buf_putc(b, '"');
	while (i < n) {
		if (s[i] >= 0x20 && s[i] < 0x7f && s[i] != '"' &&
		    s[i] != '\\') {
			i++;
			continue;
		}
		if (s[i] >= 0x80 && (len = utf8_sequence(s + i, n - i)) != 0) {
			i += len;
			continue;
		}
		buf_append(b, s + from, i - from);
		if (s[i] >= 0x80)
			buf_append(b, "\xef\xbf\xbd", 3);
		else
			buf_append(b, escape,
			    jsonw_escape(escape, s[i]));
		from = ++i;
	}
	if (i > from)
		buf_append(b, s + from, i - from);
	buf_putc(b, '"');
}

void
jsonw_cstring(struct buf *b, const char *s)
{

	jsonw_string(b, s, strlen(s));
}

void
jsonw_member(struct buf *b, const char *key)
{

	if (b->len > 0 && b->data[b->len - 1] != '{')
		buf_putc(b, ',');
	jsonw_cstring(b, key);
	buf_putc(b, ':');
}

void
jsonw_str(struct buf *b, const char *key, const char *value)
{

	jsonw_member(b, key);
	if (value == NULL)
		buf_puts(b, "null");
	else
		jsonw_cstring(b, value);
}

void
jsonw_u64(struct buf *b, const char *key, uint64_t v)
{

	jsonw_member(b, key);
	buf_u64(b, v);
}

void
jsonw_i64(struct buf *b, const char *key, int64_t v)
{

	jsonw_member(b, key);
	buf_i64(b, v);
}

void
jsonw_bool(struct buf *b, const char *key, int v)
{

	jsonw_member(b, key);
	buf_puts(b, v ? "true" : "false");
}

void
jsonw_raw(struct buf *b, const char *key, const void *p, size_t n)
{

	jsonw_member(b, key);
	buf_append(b, p, n);
}

void
jsonw_compact(struct buf *b, const void *p, size_t n)
{
	const char *at = p, *end = at + n;
	bool in_string = false;

	for (; at < end; at++) {
		if (!in_string && (*at == ' ' || *at == '\t' ||
		    *at == '\r' || *at == '\n'))
			continue;
		buf_putc(b, *at);
		if (*at == '"')
			in_string = !in_string;
		else if (in_string && *at == '\\' && at + 1 < end)
			buf_putc(b, *++at);
	}
}
