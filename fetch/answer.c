/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include <string.h>
#include <strings.h>

#include "lib/err.h"
#include "lib/http.h"
#include "page.h"
#include "url.h"

bool
answer_redirects(int status)
{

	return (status == 301 || status == 302 || status == 303 ||
	    status == 307 || status == 308);
}

int
answer_target(const struct http_response *r, const char *from,
    struct buf *to, struct err *e)
{
	char where[8192];

	if (from == NULL)
		return (err_nomem(e));
	if (http_header(r, "location", where, sizeof(where)) != 1)
		return (err_set(e, ERR_REFUSED, "HTTP %d without a Location, "
		    "or one that is too long", r->status));
	if (url_resolve(from, where, strlen(where), to, e))
		return (err_prefix(e, "redirect"));
	if (buf_cstr(to) == NULL)
		return (err_nomem(e));
	return (url_check((const char *)to->data, e) ?
	    err_prefix(e, "redirect") : 0);
}

/* Does the answer say that it is lines of JSON? */
static bool
says_ndjson(const struct http_response *r)
{
	static const char *const types[] = { "application/x-ndjson",
		"application/ndjson", "application/jsonl",
		"application/x-jsonl", "application/jsonlines",
		"application/x-jsonlines", "application/json-lines",
		"application/stream+json", "application/x-json-stream", NULL };
	const char *const *t;
	char v[128];

	if (http_header(r, "content-type", v, sizeof(v)) != 1)
		return (false);
	v[strcspn(v, "; \t")] = '\0';
	for (t = types; *t != NULL; t++)
		if (strcasecmp(v, *t) == 0)
			return (true);
	return (false);
}

bool
answer_unframed(const struct http_response *r, const struct page_spec *spec)
{

	return (!r->framed && (spec->format == PAGE_NDJSON ||
	    (spec->format == PAGE_AUTO && says_ndjson(r))));
}

int
answer_page(const struct http_response *r, const struct page_spec *spec,
    struct page *page, struct err *e)
{

	if (r->status == 206)
		return (err_set(e, ERR_REFUSED, "HTTP 206: a part, and all "
		    "was asked for"));
	if (page_parse(page, spec, r->body.data, r->body.len, says_ndjson(r),
	    e))
		return (-1);
	if (!answer_unframed(r, spec))
		return (0);
	err_set(e, ERR_TEMP, "the lines may be cut off: the answer has "
	    "neither a length nor chunks");
	return (err_code(e, "unframed"));
}

bool
answer_cut(const struct err *e)
{

	return (strcmp(e->code, "bad_json") == 0 ||
	    strcmp(e->code, "bad_utf8") == 0 ||
	    strcmp(e->code, "unframed") == 0);
}
