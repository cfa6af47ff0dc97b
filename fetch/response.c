/* SPDX-License-Identifier: Apache-2.0 */
#include "response.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fetch/source/spec.h"
#include "fetch/source/url.h"
#include "lib/base/err.h"
#include "lib/http/http.h"
#include "lib/json/scan.h"
#include "page.h"

#define MAX_VALUES (6U << 20)

bool
response_redirects(int status)
{

	return (status == 301 || status == 302 || status == 303 ||
	    status == 307 || status == 308);
}

int
response_refuse(int status, enum err_class class, const char *why,
    struct err *e)
{
	char code[16];

	snprintf(code, sizeof(code), "http_%d", status);
	return (err_set_code(e, class, code, "HTTP %d%s", status, why));
}

const char *
response_meaning(int status)
{

	return (status == 401 ? ": no credentials, or wrong ones" :
	    status == 403 ? ": not with these credentials" : "");
}

int
response_copy(const struct http_response *r, struct http_response *to,
    struct err *e)
{

	*to = *r;
	buf_init(&to->headers, r->headers.len);
	buf_init(&to->body, r->body.len);
	to->body.secret = r->body.secret;
	buf_append(&to->headers, r->headers.data, r->headers.len);
	buf_append(&to->body, r->body.data, r->body.len);
	return (to->headers.failed || to->body.failed ? err_nomem(e) : 0);
}

int
response_target(const struct http_response *r, const char *from,
    struct buf *to, struct err *e)
{
	char where[8192];

	if (from == NULL)
		return (err_nomem(e));
	if (http_header(r, "location", where, sizeof(where)) != 1)
		return (err_set(e, ERR_REFUSED, "HTTP %d without a Location, "
		    "or one that is too long", r->status));
	if (url_resolve(from, where, strlen(where), to, e) == -1)
		return (err_prefix(e, "redirect"));
	if (buf_cstr(to) == NULL)
		return (err_nomem(e));
	if (url_check((const char *)to->data, e) == 0)
		return (0);
	e->class = ERR_REFUSED; /* the server's mistake */
	return (err_prefix(e, "redirect"));
}

int
response_header(const struct http_response *r, const char *name, char *v, size_t
    size)
{
	char lower[256];
	size_t i, n = strlen(name);

	if (n >= sizeof(lower))
		return (-1);
	for (i = 0; i <= n; i++)
		lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ?
		    name[i] + ('a' - 'A') : name[i]);
	return (http_header(r, lower, v, size));
}

/* Does the response declare that it is lines of JSON? */
static bool
says_ndjson(const struct http_response *r)
{
	char type[128];

	return (http_header(r, "content-type", type, sizeof(type)) == 1 &&
	    page_is_ndjson(type));
}

/* Is it to be read as lines of JSON? */
static bool
is_lines(const struct http_response *r, const struct page_spec *spec)
{

	return (spec->format == PAGE_NDJSON ||
	    (spec->format == PAGE_AUTO && says_ndjson(r)));
}

bool
response_plausible(const struct http_response *r)
{
	const uint8_t *p = r->body.data;
	size_t n = r->body.len;
	char type[256];

	if (http_header(r, "content-type", type, sizeof(type)) == 1 &&
	    strcasestr(type, "json") != NULL)
		return (true);
	page_skip_mark(&p, &n);
	for (; n > 0 && *p <= ' '; n--)
		p++;
	return (n == 0 || *p == '{' || *p == '[');
}

bool
response_unframed(const struct http_response *r, const struct page_spec *spec)
{

	return (!r->framed && is_lines(r, spec));
}

/*
 * The largest possible number of values and keys in ${n} bytes of JSON: the
 * characters outside texts that begin one.
 */
static size_t
count_values(const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	size_t values = 1;

	for (; p < end; p++) {
		switch (*p) {
		case ',':
		case ':':
		case '[':
		case '{':
			values++;
			break;
		case '"':
			for (p++; p < end && *p != '"'; p++)
				if (*p == '\\')
					p++;
			break;
		}
	}
	return (values);
}

/* Each takes 16 bytes; a page of lines needs those of one line only. */
int
response_values(const struct http_response *r, struct err *e)
{

	if (r->body.len / 2 < MAX_VALUES ||
	    count_values(r->body.data, r->body.len) <= MAX_VALUES)
		return (0);
	return (err_set_code(e, ERR_DATA, "too_many_values", "the page has "
	    "over %u values and keys: ask for smaller ones", MAX_VALUES));
}

/* The first rule that a line of ${body} meets. */
static enum rules_action
find_by_lines(struct rules *rules, int status, const uint8_t *body,
    size_t len, struct scan *scan, size_t *which, struct err *why)
{
	const uint8_t *p = body, *end = body + len, *line;
	enum rules_action best = RULES_NONE, one;
	size_t i = 0, n;

	*which = SIZE_MAX;
	while ((line = page_line(&p, end, &n)) != NULL) {
		if (scan_text(scan, line, n, why) == -1)
			break;
		one = rules_find(rules, status, scan, &i);
		if (one != RULES_NONE && i < *which) {
			best = one;
			*which = i;
		}
	}
	return (best);
}

enum rules_action
response_rule(const struct http_response *r, const struct page_spec *spec,
    struct rules *rules, size_t *which, struct err *e)
{
	enum rules_action action = RULES_NONE;
	const uint8_t *body = r->body.data;
	size_t len = r->body.len;
	struct err why = { 0 };
	struct scan scan;
	bool parsed = false;

	scan_init(&scan);
	page_skip_mark(&body, &len);
	if (!rules_read_body(rules) || len == 0)
		;
	else if (is_lines(r, spec))
		action = find_by_lines(rules, r->status, body, len, &scan,
		    which, &why);
	else
		parsed = response_values(r, &why) == 0 &&
		    scan_text(&scan, body, len, &why) == 0;
	if (why.class == ERR_IO)
		*e = why;
	else if (action == RULES_NONE)
		action = rules_find(rules, r->status, parsed ? &scan : NULL,
		    which);
	scan_free(&scan); /* the page needs the memory */
	return (action);
}

/* Is the content of a 206 a part of the list, not of a text? */
static bool
is_page_range(const struct http_response *r)
{
	char range[128];

	return (http_header(r, "content-range", range, sizeof(range)) == 1 &&
	    strncasecmp(range, "bytes", 5) != 0);
}

int
response_page(const struct http_response *r, const struct page_spec *spec,
    struct page *page, struct err *e)
{

	if (r->status == 204) {
		page_no_content(page);
		return (0);
	}
	if (r->status == 206 && !is_page_range(r))
		return (response_refuse(r->status, ERR_REFUSED, ": a partial "
		    "answer to a request for the whole", e));
	if (!is_lines(r, spec) && response_values(r, e) == -1)
		return (-1);
	if (page_parse(page, spec, r->body.data, r->body.len, says_ndjson(r),
	    e) == -1)
		return (-1);
	if (!response_unframed(r, spec))
		return (0);
	return (err_set_code(e, ERR_TEMP, "unframed", "the lines may be cut "
	    "off: the answer has neither a length nor chunks"));
}

bool
response_cut(const struct page *page, const struct err *e)
{

	return (page->scan.ended || strcmp(e->code, "unframed") == 0);
}
