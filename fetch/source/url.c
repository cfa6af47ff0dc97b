/* SPDX-License-Identifier: Apache-2.0 */
#include "url.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/percent.h"

#define MAX_REF (64 * 1024)

static int
reject_url(struct err *e, const char *why)
{

	return (err_set_code(e, ERR_DATA, "bad_url", "the URL that the API gave "
	    "%s", why));
}

/* Append ${ref}; percent-encode bytes that are invalid in a URL. */
static int
clean_ref(const char *ref, size_t len, struct buf *out, struct err *e)
{
	size_t i;
	unsigned char c;

	for (i = 0; i < len; i++) {
		c = (unsigned char)ref[i];
		if (c < 0x20 || c == 0x7f)
			return (reject_url(e, "has control characters"));
		if (c == ' ' || c >= 0x80)
			percent_encode(out, ref + i, 1);
		else
			buf_putc(out, c);
	}
	return (out->failed ? reject_url(e, "is too long") : 0);
}

/*
 * libcurl decodes percent-encoding in a host; the result can contain
 * characters that are invalid in a URL.
 */
static bool
is_printable(const char *s)
{

	while (*s > ' ' && *s < 0x7f)
		s++;
	return (*s == '\0');
}

int
url_resolve(const char *base, const char *ref, size_t len, struct buf *out,
    struct err *e)
{
	struct buf b;
	CURLU *u = curl_url();
	char *text = NULL;
	int rc = -1;

	buf_init(&b, MAX_REF);
	if (u == NULL || clean_ref(ref, len, &b, e) == -1) {
		err_nomem(e);
	} else if (curl_url_set(u, CURLUPART_URL, base, 0) != CURLUE_OK ||
	    curl_url_set(u, CURLUPART_URL, buf_cstr(&b), 0) != CURLUE_OK ||
	    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_URL, &text, 0) != CURLUE_OK ||
	    !is_printable(text)) {
		reject_url(e, "is not a valid one");
	} else {
		rc = buf_puts(out, text) ? err_nomem(e) : 0;
	}
	curl_free(text);
	curl_url_cleanup(u);
	buf_free(&b);
	return (rc);
}

int
url_check(const char *url, struct err *e)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *user = NULL;
	const char *p, *why = NULL;

	for (p = url; *p != '\0'; p++)
		if ((unsigned char)*p <= 0x20 || *p == 0x7f)
			why = "holds blanks or control characters";
	if (u == NULL)
		return (err_nomem(e));
	if (why == NULL &&
	    (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK))
		why = "not an absolute URL such as https://HOST/PATH";
	else if (why == NULL && strcmp(scheme, "http") != 0 &&
	    strcmp(scheme, "https") != 0)
		why = "neither http nor https";
	else if (why == NULL &&
	    curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
		why = "names a user: credentials come from the environment "
		    "or a file";
	curl_free(scheme);
	curl_free(user);
	curl_url_cleanup(u);
	if (why != NULL)
		return (err_set(e, ERR_CONFIG, "%s", why));
	return (0);
}

bool
url_file(const char *url, struct buf *path)
{
	static const char local[] = "localhost/";
	size_t scheme = strspn(url, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
	const char *end = url + strlen(url), *p;
	int c;

	if (scheme == 0 || strncmp(url + scheme, "://", 3) != 0) {
		buf_puts(path, url);
		return (true);
	}
	if (scheme != 4 || strncasecmp(url, "file", 4) != 0)
		return (false);
	p = url + scheme + 3;
	if (strncasecmp(p, local, strlen(local)) == 0)
		p += strlen(local) - 1;
	if (*p != '/')
		return (false);
	while ((c = percent_byte(&p, end)) != -1)
		buf_putc(path, c);
	return (true);
}

int
url_origin(const char *url, struct buf *out)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL, *p;
	int rc = -1;

	if (u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
	    CURLUE_OK) {
		for (p = host; *p != '\0'; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p + ('a' - 'A'));
		rc = buf_printf(out, "%s://%s:%s", scheme, host, port);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return (rc);
}

/* The number of bytes before the path of ${url}, which is absolute. */
static size_t
measure_origin(const char *url)
{
	const char *host = strstr(url, "://");

	return (host == NULL ? 0 :
	    (size_t)(host - url) + 3 + strcspn(host + 3, "/?#"));
}

size_t
url_leads(const char *url)
{
	size_t n = measure_origin(url);
	size_t brace = strcspn(url, "{");

	return (n > 0 && brace < n && url[brace + 1] == '/' &&
	    url[brace + 1 + strcspn(url + brace + 1, "{}")] == '}' &&
	    url[brace + 2 + strcspn(url + brace + 1, "{}")] == '\0' ? brace : 0);
}

void
url_rebase(const char *url, const char *base, struct buf *out)
{

	buf_append(out, base, measure_origin(base));
	buf_puts(out, url + measure_origin(url));
}

bool
url_same_origin(const char *a, const char *b)
{
	size_t n = measure_origin(a);
	struct buf x, y;
	bool same;

	/* Mostly they are the same text. */
	if (n > 0 && n == measure_origin(b) && memcmp(a, b, n) == 0)
		return (true);
	buf_init(&x, MAX_REF);
	buf_init(&y, MAX_REF);
	same = url_origin(a, &x) == 0 && url_origin(b, &y) == 0 &&
	    x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
	buf_free(&x);
	buf_free(&y);
	return (same);
}

bool
url_is_https(const char *url)
{

	return (strncasecmp(url, "https://", 8) == 0);
}

/* How names are compared: LOOSE ignores case, '_' and '-'. */
enum match { EXACT, LOOSE };

/*
 * Is the parameter at ${p}, ${n} bytes of "name=value", called ${name}?  For
 * LOOSE, ${name} is in lower case without '_' and '-'.
 */
static bool
is_param(const char *p, size_t n, const char *name, enum match how)
{
	const char *eq = memchr(p, '=', n), *end = eq != NULL ? eq : p + n;
	int c;

	if (p == end)
		return (false);
	while ((c = percent_byte(&p, end)) != -1) {
		if (how == LOOSE && (c == '_' || c == '-'))
			continue;
		if (how == LOOSE && c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		if (*name == '\0' || c != (unsigned char)*name++)
			return (false);
	}
	return (*name == '\0');
}

void
url_set_param(const char *url, const char *name, const void *value,
    size_t len, struct buf *out)
{
	size_t n, end = strcspn(url, "#");
	const char *p = url + strcspn(url, "?#");
	char sep = '?';

	buf_append(out, url, (size_t)(p - url));
	for (; p < url + end && *p != '\0'; p += n) {
		p++;
		n = strcspn(p, "&#");
		if (n == 0 || is_param(p, n, name, EXACT))
			continue;
		buf_putc(out, sep);
		buf_append(out, p, n);
		sep = '&';
	}
	if (value == NULL)
		return;
	buf_putc(out, sep);
	percent_encode(out, name, strlen(name));
	buf_putc(out, '=');
	percent_encode(out, value, len);
}

void
url_add_param(const char *url, const char *name, const void *value,
    size_t len, struct buf *out)
{
	size_t n = strcspn(url, "#"), query = strcspn(url, "?#");

	buf_append(out, url, n);
	if (query == n)
		buf_putc(out, '?');
	else if (url[n - 1] != '?' && url[n - 1] != '&')
		buf_putc(out, '&');
	percent_encode(out, name, strlen(name));
	buf_putc(out, '=');
	percent_encode(out, value, len);
}

/* Find parameter ${name}; return its value (up to & or the end) or NULL. */
static const char *
find_param(const char *url, const char *name, enum match how)
{
	size_t n, end = strcspn(url, "#");
	const char *p = url + strcspn(url, "?#"), *eq;

	for (; p < url + end && *p != '\0'; p += n) {
		p++;
		n = strcspn(p, "&#");
		if (!is_param(p, n, name, how))
			continue;
		eq = memchr(p, '=', n);
		return (eq == NULL ? p + n : eq + 1);
	}
	return (NULL);
}

bool
url_has_param(const char *url, const char *name)
{

	return (find_param(url, name, EXACT) != NULL);
}

bool
url_counts(const char *url)
{
	static const char *const names[] = { "page", "p", "pg", "pageno",
		"pagenum", "pagenumber", "page[number]", "pageindex",
		"currentpage", "pagina", "numeropagina", "paginaatual",
		"offset", "page[offset]", "start", "startat", "startindex",
		"startrow", "startposition", "sysparmoffset", "skip", "$skip",
		"from", NULL };
	const char *const *n, *v;
	size_t digits;

	for (n = names; *n != NULL; n++) {
		v = find_param(url, *n, LOOSE);
		if (v == NULL)
			continue;
		digits = strspn(v, "0123456789");
		if (digits > 0 && strchr("&#", v[digits]) != NULL)
			return (true);
	}
	return (false);
}
