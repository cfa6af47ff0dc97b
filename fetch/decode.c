/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <string.h>
#include <strings.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/gzip.h"
#include "lib/base/utf8.h"
#include "lib/http/http.h"

#define MAX_TYPE 256  /* bytes of a media type */
#define MAX_LAYERS 2 /* gzip layers: the file's own, and the server's */

/* JSON never begins like this. */
static bool
is_gzip(const struct buf *body)
{

	return (body->len > 2 && memcmp(body->data, "\x1f\x8b", 2) == 0);
}

/* Unpack the gzip in ${body} and append it to ${out}. */
static int
inflate_body(const struct buf *body, size_t max, struct buf *out,
    struct err *e)
{
	struct gzip_reader *r = gzip_reader_new(e);
	size_t at = 0, used, before;
	int rc = r == NULL ? -1 : 0;

	do {
		before = out->len;
		used = 0;
		/* One byte over the limit shows that it is too large. */
		if (rc == 0)
			rc = gzip_read(r, body->data + at, body->len - at,
			    &used, out, max + 1 - before, e);
		at += used;
		if (rc == 0 && out->len > max)
			rc = err_set_code(e, ERR_DATA, "body_too_large",
			    "unpacks to more than is allowed (--max-body)");
	} while (rc == 0 && (at < body->len || out->len > before));
	if (rc == 0)
		rc = gzip_read_end(r, e);
	gzip_reader_free(r);
	return (rc);
}

static int
unpack_gzip(struct buf *body, uint64_t max, struct err *e)
{
	struct buf out;
	int layer;

	for (layer = 0; layer < MAX_LAYERS && is_gzip(body); layer++) {
		buf_init(&out, (size_t)max + 1);
		out.secret = body->secret;
		if (inflate_body(body, (size_t)max, &out, e) == -1) {
			buf_free(&out);
			return (-1);
		}
		buf_free(body);
		*body = out;
	}
	return (0);
}

/*
 * The name of the charset in ${type}, of ${n} bytes; NULL if it does not give
 * one.
 */
static const char *
find_charset(const char *type, size_t *n)
{
	const char *p = type + strcspn(type, ";");
	size_t len = 0;

	for (; *p == ';'; p += strcspn(p, ";")) {
		p++;
		p += strspn(p, " \t");
		if (strncasecmp(p, "charset", 7) != 0)
			continue;
		p += 7;
		p += strspn(p, " \t");
		if (*p != '=')
			continue;
		p++;
		p += strspn(p, " \t\"'");
		len = strcspn(p, "\"' \t;");
		if (len > 0)
			break;
	}
	*n = len;
	return (len == 0 ? NULL : p);
}

/* The charset that ${r} declares; UTF8 if it does not declare one. */
static enum charset
read_charset(const struct http_response *r)
{
	char type[MAX_TYPE];
	const char *name;
	size_t n;

	if (http_header(r, "content-type", type, sizeof(type)) != 1 ||
	    (name = find_charset(type, &n)) == NULL)
		return (CHARSET_UTF8);
	return (charset_find(name, n));
}

bool
decode_needed(const struct http_response *r, enum charset forced)
{

	if (r->body.len == 0)
		return (false);
	return (forced != CHARSET_UNKNOWN || is_gzip(&r->body) ||
	    charset_guess(r->body.data, r->body.len) != CHARSET_UTF8 ||
	    read_charset(r) != CHARSET_UTF8);
}

/* Is a body that declares the charset ${said} UTF-8 anyway? */
static enum charset
choose_charset(const struct buf *body, enum charset said, bool *mislabelled)
{
	enum charset seen = charset_guess(body->data, body->len);
	bool ascii = true;
	size_t i;

	if (seen != CHARSET_UTF8 || said == CHARSET_UTF8)
		return (seen);
	for (i = 0; ascii && i < body->len; i++)
		ascii = body->data[i] < 0x80;
	if (!ascii && !utf8_valid(body->data, body->len))
		return (said);
	*mislabelled = !ascii;
	return (CHARSET_UTF8);
}

int
decode_answer(struct http_response *r, enum charset forced, uint64_t max,
    bool *mislabelled, struct err *e)
{
	enum charset charset = forced;
	struct buf out;

	*mislabelled = false;
	if (unpack_gzip(&r->body, max, e) == -1)
		return (-1);
	if (charset == CHARSET_UNKNOWN)
		charset = choose_charset(&r->body, read_charset(r),
		    mislabelled);
	if (charset == CHARSET_UNKNOWN)
		return (err_set_code(e, ERR_DATA, "bad_charset", "neither "
		    "UTF-8 nor in a charset that is known (--charset)"));
	if (charset == CHARSET_UTF8)
		return (0);
	buf_init(&out, (size_t)max);
	out.secret = r->body.secret;
	if (charset_decode(charset, r->body.data, r->body.len, &out, e) ==
	    -1 || out.failed || buf_reserve(&out, 0) == -1) {
		if (out.over)
			err_set_code(e, ERR_DATA, "body_too_large", "larger "
			    "in UTF-8 than is allowed (--max-body)");
		buf_free(&out);
		return (err_nomem(e));
	}
	buf_free(&r->body);
	r->body = out;
	return (0);
}
