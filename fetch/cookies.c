/* SPDX-License-Identifier: Apache-2.0 */
#include "cookies.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch/source/redact.h"
#include "fetch/source/url.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/http/http.h"
#include "request.h"

#define MAX_COOKIES 32
#define MAX_COOKIE 4096 /* bytes of a cookie, name and value */
#define MAX_HEAD 16384  /* bytes of the header with all cookies */
#define SET "set-cookie: "

struct cookie {
	char *text; /* "name=value" */
	size_t name; /* bytes of the name */
	char *path;
	bool secure;
};

struct cookies {
	const char *url;
	struct cookie item[MAX_COOKIES]; /* the oldest first */
	unsigned n;
	uint64_t changes;
};

/* The content of a Set-Cookie line. */
struct setting {
	const char *pair;
	size_t len, name;
	const char *path;
	size_t path_len;
	const char *domain;
	size_t domain_len;
	bool secure, over;
};

struct cookies *
cookies_new(const char *url, struct err *e)
{
	struct cookies *c = calloc(1, sizeof(*c));

	if (c == NULL)
		err_nomem(e);
	else
		c->url = url;
	return (c);
}

/* Forget cookie ${i}. */
static void
remove_cookie(struct cookies *c, unsigned i)
{

	assert(i < c->n && c->n <= MAX_COOKIES);
	explicit_bzero(c->item[i].text, strlen(c->item[i].text));
	free(c->item[i].text);
	free(c->item[i].path);
	c->n--;
	memmove(&c->item[i], &c->item[i + 1],
	    (c->n - i) * sizeof(c->item[0]));
}

void
cookies_clear(struct cookies *c)
{

	while (c->n > 0)
		remove_cookie(c, c->n - 1);
}

void
cookies_free(struct cookies *c)
{

	if (c == NULL)
		return;
	cookies_clear(c);
	free(c);
}

/* The path of ${url}, ${n} bytes, at least "/". */
static const char *
find_path(const char *url, size_t *n)
{
	const char *p = strstr(url, "://");

	p = p == NULL ? url : p + 3;
	p += strcspn(p, "/?#");
	*n = strcspn(p, "?#");
	if (*n > 0)
		return (p);
	*n = 1;
	return ("/");
}

/* Is ${domain} the host of ${url}, or one above it? */
static bool
is_domain(const char *url, const char *domain, size_t n)
{
	const char *p = strstr(url, "://");
	size_t host;

	p = p == NULL ? url : p + 3;
	host = strcspn(p, ":/?#");
	if (n > 0 && *domain == '.') {
		domain++;
		n--;
	}
	return (n > 0 && n <= host &&
	    strncasecmp(p + host - n, domain, n) == 0 &&
	    (n == host || p[host - n - 1] == '.'));
}

/* Is the time in the attribute past? */
static bool
is_past(const char *p, size_t n)
{
	char text[64];
	time_t at;

	if (n >= sizeof(text))
		return (false);
	memcpy(text, p, n);
	text[n] = '\0';
	at = curl_getdate(text, NULL);
	return (at != -1 && at <= clock_micros() / 1000000);
}

static bool
is_attribute(const char *p, size_t n, const char *name)
{

	return (strlen(name) == n && strncasecmp(p, name, n) == 0);
}

/* Note attribute "name=value", or "name", of ${n} bytes. */
static void
note_attribute(struct setting *s, const char *p, size_t n)
{
	const char *eq = memchr(p, '=', n);
	size_t name = eq == NULL ? n : (size_t)(eq - p);
	const char *v = eq == NULL ? p + n : eq + 1;
	size_t len = (size_t)(p + n - v);

	while (len > 0 && (*v == ' ' || *v == '\t')) {
		v++;
		len--;
	}
	if (is_attribute(p, name, "secure"))
		s->secure = true;
	else if (is_attribute(p, name, "max-age"))
		s->over = len > 0 && (*v == '-' || (*v == '0' && len == 1));
	else if (is_attribute(p, name, "expires"))
		s->over = s->over || is_past(v, len);
	else if (is_attribute(p, name, "path") && len > 0 && *v == '/') {
		s->path = v;
		s->path_len = len;
	} else if (is_attribute(p, name, "domain")) {
		s->domain = v;
		s->domain_len = len;
	}
}

/* Read the ${n} bytes after "Set-Cookie: "; false: not a cookie. */
static bool
read_setting(const char *p, size_t n, struct setting *s)
{
	const char *end = p + n, *semicolon, *eq;
	size_t i;

	memset(s, 0, sizeof(*s));
	semicolon = memchr(p, ';', n);
	s->pair = p;
	s->len = (size_t)((semicolon == NULL ? end : semicolon) - p);
	while (s->len > 0 && (p[s->len - 1] == ' ' || p[s->len - 1] == '\t'))
		s->len--;
	eq = memchr(p, '=', s->len);
	if (eq == NULL || eq == p || s->len > MAX_COOKIE)
		return (false);
	s->name = (size_t)(eq - p);
	for (i = 0; i < s->len; i++)
		if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f)
			return (false);
	while (semicolon != NULL) {
		p = semicolon + 1;
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		semicolon = memchr(p, ';', (size_t)(end - p));
		note_attribute(s, p, (size_t)((semicolon == NULL ? end :
		    semicolon) - p));
	}
	return (true);
}

/* The default path of a cookie: the folder it came from. */
static void
set_default_path(struct setting *s, const char *url)
{
	size_t n;
	const char *p = find_path(url, &n);

	while (n > 1 && p[n - 1] != '/')
		n--;
	s->path = p;
	s->path_len = n > 1 ? n - 1 : 1;
}

/* The index of the cookie with the name and path of ${s}; or ${c}->n. */
static unsigned
find_set_cookie(const struct cookies *c, const struct setting *s)
{
	const struct cookie *k;
	unsigned i;

	for (i = 0; i < c->n; i++) {
		k = &c->item[i];
		if (k->name == s->name &&
		    memcmp(k->text, s->pair, s->name) == 0 &&
		    strlen(k->path) == s->path_len &&
		    memcmp(k->path, s->path, s->path_len) == 0)
			break;
	}
	return (i);
}

static void
set_cookie(struct cookies *c, const struct setting *s)
{
	unsigned i = find_set_cookie(c, s);
	struct cookie *k;

	if (i < c->n) {
		k = &c->item[i];
		if (!s->over && strlen(k->text) == s->len &&
		    memcmp(k->text, s->pair, s->len) == 0)
			return;
		remove_cookie(c, i);
		c->changes++;
	}
	if (s->over)
		return;
	if (c->n == MAX_COOKIES)
		remove_cookie(c, 0);
	k = &c->item[c->n];
	k->text = strndup(s->pair, s->len);
	k->path = strndup(s->path, s->path_len);
	if (k->text == NULL || k->path == NULL) { /* as if it was lost */
		free(k->text);
		free(k->path);
		return;
	}
	k->name = s->name;
	k->secure = s->secure;
	c->n++;
	c->changes++;
}

void
cookies_take(struct cookies *c, const struct http_response *r,
    const char *url)
{
	const char *p = (const char *)r->headers.data, *end, *nl;
	const size_t skip = strlen(SET);
	struct setting s;

	if (p == NULL || !url_same_origin(c->url, url))
		return;
	for (end = p + r->headers.len; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			break;
		if ((size_t)(nl - p) < skip || memcmp(p, SET, skip) != 0 ||
		    !read_setting(p + skip, (size_t)(nl - p) - skip, &s))
			continue;
		if (s.domain != NULL && !is_domain(url, s.domain,
		    s.domain_len))
			continue;
		if (s.path == NULL)
			set_default_path(&s, url);
		set_cookie(c, &s);
	}
}

/* Is ${k} sent with a request for ${url}? */
static bool
is_for(const struct cookie *k, const char *url)
{
	size_t n, len = strlen(k->path);
	const char *p = find_path(url, &n);

	if (k->secure && !url_is_https(url))
		return (false);
	return (n >= len && memcmp(p, k->path, len) == 0 && (n == len ||
	    k->path[len - 1] == '/' || p[len] == '/'));
}

/* Does the request have a header of that name already? */
static bool
has_cookies(const struct request *r)
{
	const char *p = (const char *)r->head.data, *end = p + r->head.len;

	for (; p != NULL && p < end; p += strlen(p) + 1)
		if (strncasecmp(p, "cookie:", 7) == 0)
			return (true);
	return (false);
}

int
cookies_apply(const struct cookies *c, struct request *r, struct err *e)
{
	const char *url = buf_cstr(&r->url);
	size_t start = r->head.len;
	unsigned i;

	if (url == NULL)
		return (err_nomem(e));
	if (c->n == 0 || !r->own || has_cookies(r))
		return (0);
	for (i = 0; i < c->n; i++) {
		if (!is_for(&c->item[i], url) || r->head.len - start +
		    strlen(c->item[i].text) > MAX_HEAD)
			continue;
		buf_puts(&r->head, r->head.len == start ? "Cookie: " : "; ");
		buf_puts(&r->head, c->item[i].text);
	}
	if (r->head.len > start)
		buf_putc(&r->head, '\0');
	return (buf_fits(&r->head, ERR_CONFIG, "the header", e));
}

int
cookies_hide(const struct cookies *c, struct redact *hidden, struct err *e)
{
	unsigned i;

	for (i = 0; i < c->n; i++)
		if (redact_add(hidden, c->item[i].text + c->item[i].name + 1,
		    e) == -1)
			return (-1);
	return (0);
}

uint64_t
cookies_changes(const struct cookies *c)
{

	return (c->changes);
}

unsigned
cookies_count(const struct cookies *c)
{

	return (c->n);
}
