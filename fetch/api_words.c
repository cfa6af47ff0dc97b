/* SPDX-License-Identifier: Apache-2.0 */
#include "api_words.h"

#include <string.h>
#include <strings.h>

#include "fetch/source/redact.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/utf8.h"
#include "lib/http/http.h"
#include "lib/json/scan.h"

#define MAX_BODY (1U << 20) /* of an error to read */
#define MAX_TEXT (64U * 1024)
#define MAX_WORDS 200

/* Append the text at token ${t}, if it is not empty. */
static bool
add_words(const struct scan *s, uint32_t t, struct buf *out)
{

	return (t != SCAN_NOT_FOUND && s->tok[t].kind == SCAN_STRING &&
	    scan_len(s, t) > 0 && scan_string(s, t, out) == 0);
}

/* The first member of object ${t} whose name is usual for messages. */
static bool
find_words(const struct scan *s, uint32_t t, int depth, struct buf *out)
{
	static const char *const names[] = { "message", "mensagem",
		"error_description", "detail", "details", "detalhe",
		"faultstring", "msg", "error", "erro", "errors", "erros",
		"reason", "motivo", "xMotivo", "descricao", "description",
		"title", "fault", "Message", "Mensagem", "retorno", NULL };
	const char *const *name;
	uint32_t v;

	if (depth > 4)
		return (false);
	if (s->tok[t].kind == SCAN_ARRAY)
		return (s->tok[t].count > 0 && (add_words(s, t + 1, out) ||
		    find_words(s, t + 1, depth + 1, out)));
	if (s->tok[t].kind != SCAN_OBJECT)
		return (false);
	for (name = names; *name != NULL; name++) {
		v = scan_member(s, t, *name, strlen(*name));
		if (v != SCAN_NOT_FOUND && (add_words(s, v, out) ||
		    find_words(s, v, depth + 1, out)))
			return (true);
	}
	return (false);
}

/* Append as much of ${p} as fits, control characters as escapes. */
static void
append_escaped(const uint8_t *p, size_t n, struct buf *out)
{
	size_t most = out->len + MAX_WORDS, len;

	while (n > 0) {
		len = utf8_sequence(p, n);
		if (len == 0 || out->len + (len < 6 ? 6 : len) > most)
			break;
		if (*p < 0x20 || *p == 0x7f)
			buf_printf(out, "\\u%04x", *p);
		else
			buf_append(out, p, len);
		p += len;
		n -= len;
	}
	if (n > 0)
		buf_puts(out, "...");
}

void
api_words(const struct http_response *r, const struct redact *hidden,
    struct buf *out)
{
	struct err why = { .class = ERR_NONE };
	struct buf text, safe;
	struct scan s;

	if (r->body.len == 0 || r->body.len > MAX_BODY)
		return;
	scan_init(&s);
	buf_init_secret(&text, MAX_TEXT);
	buf_init_secret(&safe, 4 * MAX_TEXT);
	if (scan_text(&s, r->body.data, r->body.len, &why) == 0 &&
	    find_words(&s, 0, 0, &text)) {
		redact_mask(hidden, text.data, text.len, &safe);
		append_escaped(safe.data, safe.len, out);
	}
	buf_free(&text);
	buf_free(&safe);
	scan_free(&s);
}

static bool
begins(const uint8_t *p, size_t n, const char *with, size_t len)
{

	return (n >= len && memcmp(p, with, len) == 0);
}

const char *
api_words_received(const struct http_response *r, bool lines)
{
	const uint8_t *p = r->body.data, *nl;
	size_t n = r->body.len, i;

	if (begins(p, n, "\x1f\x8b", 2))
		return ("gzip without Content-Encoding");
	if (begins(p, n, "\xff\xfe", 2) || begins(p, n, "\xfe\xff", 2))
		return ("UTF-16");
	if (begins(p, n, "PK\x03\x04", 4))
		return ("a zip file");
	for (; n > 0 && (*p <= ' ' || begins(p, n, "\xef\xbb\xbf", 3)); n--)
		p++;
	if (n == 0)
		return ("nothing");
	if (*p == '<') {
		for (i = 1; i < n && i < 100; i++)
			if (strncasecmp((const char *)p + i, "html", 4) == 0)
				return ("HTML");
		return ("XML or HTML");
	}
	if (begins(p, n, ")]}'", 4))
		return ("JSON behind \")]}'\"");
	nl = memchr(p, '\n', n);
	if (!lines && *p == '{' && nl != NULL && nl + 1 < p + n && nl[1] == '{' &&
	    (nl[-1] == '}' || nl[-1] == '\r'))
		return ("NDJSON (--set /format=ndjson)");
	return (lines && *p == '[' ? "a JSON array (--set /format=json)" : NULL);
}
