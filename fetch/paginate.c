/* SPDX-License-Identifier: Apache-2.0 */
#include "paginate.h"

#include <inttypes.h>
#include <string.h>

#include "counts.h"
#include "fetch/source/spec.h"
#include "fetch/source/url.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/http/http.h"
#include "lib/json/jsonw.h"
#include "lib/json/ptr.h"
#include "lib/json/scan_same.h"
#include "link.h"
#include "page.h"
#include "response.h"
#include "signs.h"

#define MAX_TEXT (32U * 1024) /* bytes of a cursor or URL */
#define MAX_HEADER 8192       /* of one in a header */
#define HEAD(s) (s), (sizeof(s) - 1)

void
paginate_pos_init(struct paginate_pos *p)
{

	memset(p, 0, sizeof(*p));
	buf_init(&p->text, MAX_TEXT);
}

void
paginate_pos_free(struct paginate_pos *p)
{

	buf_free(&p->text);
}

void
paginate_first(const struct paginate_spec *spec, struct paginate_pos *p)
{

	p->first = true;
	p->number = spec->start;
	p->json = spec->first_json;
	buf_reset(&p->text);
	if (spec->first != NULL)
		buf_puts(&p->text, spec->first);
}

int
paginate_copy(struct paginate_pos *to, const struct paginate_pos *from,
    struct err *e)
{

	to->first = from->first;
	to->number = from->number;
	to->windows = from->windows;
	to->times = from->times;
	to->window = from->window;
	to->json = from->json;
	buf_reset(&to->text);
	if (from->text.failed ||
	    buf_append(&to->text, from->text.data, from->text.len))
		return (err_nomem(e));
	return (0);
}

static bool
is_by_position(const struct paginate_spec *spec)
{

	return (spec->type == PAGINATE_PAGE || spec->type == PAGINATE_OFFSET);
}

/* Set parameter ${name} of the URL in ${b}. */
static int
set_url_param(struct buf *b, const char *name, const void *value, size_t len,
    struct err *e)
{
	struct buf old = *b;
	const char *text;

	buf_init(b, old.max);
	text = buf_cstr(&old);
	if (text != NULL)
		url_set_param(text, name, value, len, b);
	buf_free(&old);
	return (text == NULL ? err_nomem(e) : buf_fits(b, ERR_CONFIG, "the URL",
	    e));
}

static int
set_url_number(struct buf *b, const char *name, uint64_t v, struct err *e)
{
	struct buf n;
	int rc;

	buf_init(&n, 32);
	buf_u64(&n, v);
	rc = n.failed ? err_nomem(e) : set_url_param(b, name, n.data, n.len, e);
	buf_free(&n);
	return (rc);
}

int
paginate_url(const struct paginate_spec *spec, const struct paginate_pos *p,
    const char *base, struct buf *out, struct err *e)
{

	if ((spec->type == PAGINATE_LINK || spec->type == PAGINATE_AUTO ||
	    spec->type == PAGINATE_NEXT) && p->text.len > 0)
		return (buf_append(out, p->text.data, p->text.len) ?
		    err_nomem(e) : 0);
	buf_puts(out, base);
	if (buf_fits(out, ERR_CONFIG, "the URL", e) == -1)
		return (-1);
	if (spec->size_param != NULL && spec->size > 0 &&
	    set_url_number(out, spec->size_param, spec->size, e) == -1)
		return (-1);
	if (spec->param == NULL)
		return (0);
	if (is_by_position(spec))
		return (set_url_number(out, spec->param, p->number, e));
	if (spec->type == PAGINATE_CURSOR && p->text.len > 0)
		return (set_url_param(out, spec->param, p->text.data,
		    p->text.len, e));
	return (0);
}

bool
paginate_ahead(const struct paginate_spec *spec, const struct paginate_pos *p,
    struct paginate_pos *next)
{

	if (!is_by_position(spec) ||
	    (spec->type == PAGINATE_OFFSET && spec->size == 0))
		return (false);
	next->first = false;
	next->windows = p->windows;
	next->times = p->times;
	next->window = p->window;
	next->number = p->number +
	    (spec->type == PAGINATE_PAGE ? 1 : spec->size);
	return (true);
}

/* Store the resolved target of the first Link with rel=next in ${out}. */
static int
next_link(const struct http_response *r, const char *url, struct buf *out,
    struct err *e)
{
	const char *p = (const char *)r->headers.data, *nl, *target;
	const char *end = p + r->headers.len;
	long n;

	for (; p != NULL && p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			break;
		if (nl - p < 6 || memcmp(p, HEAD("link: ")) != 0)
			continue;
		n = link_find(p + 6, (size_t)(nl - p) - 6, "next", &target);
		if (n >= 0)
			return (url_resolve(url, target, (size_t)n, out, e) ?
			    -1 : 1);
	}
	return (0);
}

/*
 * Store the value at token ${t}, a text or ${json}; 0 if it means that there
 * is no next page, -1 if it is too long.
 */
static int
token_text(const struct page *page, uint32_t t, struct buf *out, bool *json)
{
	const struct scan_token *tok = &page->scan.tok[t];
	const uint8_t *raw;
	size_t n;

	*json = tok->kind != SCAN_STRING;
	if (tok->kind == SCAN_STRING)
		return (scan_string(&page->scan, t, out) == -1 ? -1 : 1);
	if (tok->kind == SCAN_NULL || tok->kind == SCAN_FALSE ||
	    (tok->kind > SCAN_STRING && tok->count == 0))
		return (0);
	raw = scan_raw(&page->scan, t, &n);
	jsonw_compact(out, raw, n);
	return (out->failed ? -1 : 1);
}

/* The text in the response for the next page: 1, 0 if absent, or -1. */
static int
next_text(const struct paginate_spec *spec, const struct page *page,
    const struct http_response *r, struct buf *out, bool *json, bool *seen,
    struct err *e)
{
	char v[MAX_HEADER];
	uint32_t t;
	int rc;

	*json = false;

	if (spec->from_header != NULL) {
		rc = response_header(r, spec->from_header, v, sizeof(v));
		if (rc == 1)
			rc = buf_puts(out, v) == -1 ? -1 : 1;
		*seen = *seen || rc != 0;
	} else {
		t = page_find(page, spec->from);
		*seen = *seen || t != SCAN_NOT_FOUND;
		rc = t == SCAN_NOT_FOUND ? 0 : token_text(page, t, out, json);
	}
	if (out->failed && !out->over)
		return (err_nomem(e));
	if (rc == -1)
		return (err_set_code(e, ERR_DATA, "bad_page", "the cursor in "
		    "the answer is too long"));
	return (rc == 1 && !signs_no_next(out->data, out->len));
}

int
paginate_reached(const struct paginate_spec *spec, const struct page *page,
    const struct http_response *r, struct paginate_pos *p, struct err *e)
{
	bool seen = false;

	p->first = false;
	buf_reset(&p->text);
	return (spec->type != PAGINATE_CURSOR ? 0 :
	    next_text(spec, page, r, &p->text, &p->json, &seen, e));
}

static bool
counts_pages(const struct paginate_spec *spec, const struct counts_past *past)
{

	return (spec->type == PAGINATE_PAGE &&
	    past->total_pages != COUNTS_UNKNOWN);
}

int
paginate_left(const struct paginate_spec *spec,
    const struct counts_past *past, const struct paginate_pos *p)
{

	if (counts_pages(spec, past))
		return (p->number - spec->start < past->total_pages);
	if (past->total != COUNTS_UNKNOWN && past->walked != COUNTS_UNKNOWN)
		return (past->walked < past->total);
	return (-1);
}

/* Servers may return less than requested at any time. */
static uint64_t
add_step(const struct paginate_spec *spec, const struct page *page)
{

	return (spec->type == PAGINATE_PAGE ? 1 : spec->step_size ?
	    spec->size : page->records);
}

/* By number: how it ends, PROOF_NONE if it continues; or -1. */
static int
end_by_number(const struct paginate_spec *spec, const struct page *page,
    const struct counts_past *past, const struct paginate_pos *next,
    enum proof_by *end, struct err *e)
{
	int left = paginate_left(spec, past, next);

	/* The API's counts come first: a single page may be empty. */
	if (left == 1 && page->records == 0 && !counts_pages(spec, past))
		return (err_set_code(e, ERR_TEMP, "total_mismatch", "the API "
		    "counts %" PRIu64 " records, and after %" PRIu64 " comes a "
		    "page without any", past->total, past->walked));
	if (left == 0)
		*end = counts_pages(spec, past) ? PROOF_PAGES : PROOF_TOTAL;
	else if (left == -1 && page->records == 0)
		*end = PROOF_EMPTY;
	else if (left == -1 && spec->stop_short && page->records < spec->size)
		*end = PROOF_SHORT;
	return (0);
}

/* A response that leads back to itself would continue forever. */
static int
report_loop(const char *what, struct err *e)
{

	return (err_set_code(e, ERR_DATA, "loop", "the answer names its own %s "
	    "as the next%s", what, strcmp(what, "URL") == 0 ? "" :
	    " (\"cursor\": \"scroll\" if it is one that stays)"));
}

/*
 * The next page is this page itself.  Without records, some APIs mean by this
 * that there is nothing new; otherwise the walk would continue forever.
 */
static int
check_own(const struct paginate_pos *p, const char *url,
    const struct page *page, enum paginate_type type,
    const struct paginate_pos *next, struct err *e)
{
	const void *own = type == PAGINATE_CURSOR ? p->text.data :
	    (const void *)url;
	size_t n = type == PAGINATE_CURSOR ? p->text.len : strlen(url);

	if (next->text.len != n || memcmp(next->text.data, own, n) != 0)
		return (1);
	return (page->records == 0 ? 0 : report_loop(type == PAGINATE_CURSOR ?
	    "cursor" : "URL", e));
}

/* Move the next URL to the origin of the source, whatever it names. */
static int
keep_origin(const char *own_url, struct buf *url, struct err *e)
{
	struct buf old = *url;

	if (own_url == NULL)
		return (1);
	buf_init(url, old.max);
	if (buf_cstr(&old) != NULL)
		url_rebase((const char *)old.data, own_url, url);
	buf_free(&old);
	return (url->len == 0 || url->failed ? err_nomem(e) : 1);
}

/* The key of the last record is the next position: see end_by_number. */
static int
end_by_key(const struct paginate_spec *spec, const struct paginate_pos *p,
    const struct page *page, const struct counts_past *past,
    struct paginate_pos *next, enum proof_by *end, struct err *e)
{
	uint32_t t;
	int rc;

	if (end_by_number(spec, page, past, next, end, e) == -1)
		return (-1);
	if (*end != PROOF_NONE || page->records == 0)
		return (0);
	t = page_last(page);
	if (t != SCAN_NOT_FOUND)
		t = ptr_find(spec->from, &page->scan, t);
	rc = t == SCAN_NOT_FOUND ? 0 : token_text(page, t, &next->text,
	    &next->json);
	if (rc == -1)
		return (err_set_code(e, ERR_DATA, "bad_page", "the key of the "
		    "last record is too long"));
	if (rc == 0 || next->text.len == 0)
		return (err_set_code(e, p->first ? ERR_CONFIG : ERR_DATA,
		    "no_key", "the last record has no key at \"%s\" to go on "
		    "from (--next-record)", ptr_text(spec->from)));
	if (next->text.len == p->text.len && memcmp(next->text.data,
	    p->text.data, p->text.len) == 0)
		return (err_set_code(e, ERR_DATA, "loop", "the last record is "
		    "the one that was asked from: the API begins with it, not "
		    "after it"));
	return (0);
}

/* An object, an array, or true is in the place of a URL. */
static int
refuse_no_url(const struct paginate_spec *spec, const struct paginate_pos *p,
    struct err *e)
{

	return (err_set_code(e, p->first ? ERR_CONFIG : ERR_DATA, "bad_page",
	    "no text at \"%s\", where the next URL should be: name its member "
	    "(%s/href?)", ptr_text(spec->from), ptr_text(spec->from)));
}

/* By the next page that the response names: see end_by_number. */
static int
end_by_name(const struct paginate_spec *spec, const struct paginate_pos *p,
    const char *url, const struct page *page, const struct http_response *r,
    struct paginate_pos *next, struct paginate_seen *seen,
    enum proof_by *end, struct err *e)
{
	struct buf text;
	bool json;
	int rc;

	if (spec->type == PAGINATE_CURSOR) {
		rc = next_text(spec, page, r, &next->text, &next->json,
		    &seen->next, e);
	} else if (spec->type == PAGINATE_NEXT) {
		buf_init(&text, MAX_TEXT);
		rc = next_text(spec, page, r, &text, &json, &seen->next, e);
		if (rc == 1 && json && memchr("{[t", text.data[0], 3) != NULL)
			rc = refuse_no_url(spec, p, e);
		if (rc == 1 && url_resolve(url, (const char *)text.data,
		    text.len, &next->text, e) == -1)
			rc = -1;
		buf_free(&text);
	} else {
		rc = next_link(r, url, &next->text, e);
		seen->next = seen->next || rc == 1;
	}
	if (rc == 1 && spec->type != PAGINATE_CURSOR)
		rc = keep_origin(spec->own_url, &next->text, e);
	if (rc == 1 && spec->scroll)
		rc = page->records > 0; /* it may be the same */
	else if (rc == 1)
		rc = check_own(p, url, page, spec->type, next, e);
	if (rc == 0)
		*end = spec->type == PAGINATE_AUTO && p->first ?
		    PROOF_SINGLE : PROOF_END;
	return (rc == -1 ? -1 : 0);
}

/* Does the value at ${at} of the page meet the source's "end"? */
static bool
meets_end(const struct paginate_spec *spec, const struct page *page,
    bool *seen)
{
	uint32_t t = page_find(page, spec->end), u;

	if (t == SCAN_NOT_FOUND)
		return (false);
	*seen = true;
	if (spec->end_same == NULL)
		return (scan_same_text(&page->scan, t, spec->end_equals));
	u = page_find(page, spec->end_same);
	return (u != SCAN_NOT_FOUND &&
	    scan_same(&page->scan, t, &page->scan, u));
}

/* By the source's "more" and "end": 1 continues, 0 ends, -1 unknown. */
static int
ask_conditions(const struct paginate_spec *spec, const struct page *page,
    struct paginate_seen *seen)
{
	uint32_t t = page_find(page, spec->more);

	if (meets_end(spec, page, &seen->end))
		return (0);
	if (t == SCAN_NOT_FOUND)
		return (-1);
	seen->more = true;
	if (page->scan.tok[t].kind == SCAN_NULL)
		return (0);
	return (signs_yes(scan_ptr(&page->scan, t),
	    scan_len(&page->scan, t)));
}

int
paginate_next(const struct paginate_spec *spec, const struct paginate_pos *p,
    const char *url, const struct page *page, const struct http_response *r,
    const struct counts_past *past, struct paginate_pos *next,
    struct paginate_seen *seen, enum proof_by *end, struct err *e)
{
	int says, rc;

	*end = PROOF_NONE;
	seen->said = false;
	next->first = false;
	next->windows = p->windows;
	next->times = p->times;
	next->window = p->window;
	next->number = p->number + (is_by_position(spec) ?
	    add_step(spec, page) : 0);
	buf_reset(&next->text);
	next->json = false;
	if (page->lines && page->records > 0 && spec->from != NULL &&
	    !spec->from_record)
		return (page_no_place("no cursor", e));
	if (spec->type == PAGINATE_NONE) {
		*end = PROOF_SINGLE;
		return (0);
	}
	says = ask_conditions(spec, page, seen);
	if (says == 0) {
		seen->said = true;
		*end = PROOF_END;
		return (0);
	}
	rc = is_by_position(spec) ?
	    end_by_number(spec, page, past, next, end, e) :
	    spec->from_record ?
	    end_by_key(spec, p, page, past, next, end, e) :
	    end_by_name(spec, p, url, page, r, next, seen, end, e);
	if (rc == -1 || *end == PROOF_NONE || says == -1)
		return (rc);
	/* By the source's "more" there is more, but the walk would end. */
	if (is_by_position(spec) && next->number != p->number) {
		*end = PROOF_NONE;
		return (0);
	}
	return (err_set_code(e, p->first ? ERR_CONFIG : ERR_TEMP,
	    "more_pages", "\"%s\" says that more pages follow, but the "
	    "answer names no next page", ptr_text(spec->more)));
}

uint64_t
paginate_last(const struct paginate_spec *spec,
    const struct counts_past *past)
{
	uint64_t n = COUNTS_UNKNOWN;

	if (counts_pages(spec, past))
		n = past->total_pages;
	else if (past->total == COUNTS_UNKNOWN)
		return (COUNTS_UNKNOWN);
	else if (spec->type == PAGINATE_OFFSET)
		n = past->total;
	else if (spec->size > 0)
		n = (past->total + spec->size - 1) / spec->size;
	return (n == 0 || n == COUNTS_UNKNOWN ? n : spec->start + n - 1);
}

bool
paginate_same(const struct paginate_pos *a, const struct paginate_pos *b)
{

	return (a->first == b->first && a->window == b->window &&
	    a->json == b->json &&
	    a->number == b->number && a->text.len == b->text.len &&
	    (a->text.len == 0 ||
	    memcmp(a->text.data, b->text.data, a->text.len) == 0));
}

bool
paginate_sound(const struct paginate_spec *spec, const struct paginate_pos *p)
{
	struct buf b;
	const char *url;
	bool counts;

	if (spec->type == PAGINATE_CURSOR)
		return (!spec->scroll);
	if (is_by_position(spec) || p->text.len == 0)
		return (false);
	buf_init(&b, MAX_TEXT);
	buf_append(&b, p->text.data, p->text.len);
	url = buf_cstr(&b);
	counts = url == NULL || url_counts(url);
	buf_free(&b);
	return (!counts);
}

bool
paginate_beyond(const struct paginate_spec *spec,
    const struct paginate_pos *p, int status)
{

	return ((status == 404 || status == 416) && !p->first &&
	    (is_by_position(spec) || spec->from_record));
}
