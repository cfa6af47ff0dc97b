/* SPDX-License-Identifier: Apache-2.0 */
#include "paginate.h"

#include <inttypes.h>
#include <string.h>

#include "fetch/source/spec.h"
#include "fetch/source/url.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/http/http.h"
#include "lib/json/ptr.h"
#include "link.h"
#include "more_pages.h"
#include "page.h"

#define MAX_TEXT (32U * 1024) /* bytes of a cursor or URL */
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
	buf_reset(&p->text);
}

int
paginate_copy(struct paginate_pos *to, const struct paginate_pos *from,
    struct err *e)
{

	to->first = from->first;
	to->number = from->number;
	to->windows = from->windows;
	to->window = from->window;
	buf_reset(&to->text);
	if (buf_append(&to->text, from->text.data, from->text.len))
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
	next->window = p->window;
	next->number = p->number +
	    (spec->type == PAGINATE_PAGE ? 1 : spec->size);
	return (true);
}

/* The target of the first Link with rel=next, resolved, into ${out}. */
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

void
paginate_told(const struct page *page, uint64_t n, uint64_t *count)
{

	if (page->records > 0 || n > 0 || *count == PAGINATE_UNKNOWN)
		*count = n;
}

/* Take the count at ${ptr} of the page, which must be one if it is there. */
static int
take_count(const struct page *page, const struct ptr *ptr,
    uint64_t *count, struct err *e)
{
	uint32_t t = page_find(page, ptr);
	uint64_t v;

	if (t == SCAN_NOT_FOUND || page->scan.tok[t].kind == SCAN_NULL)
		return (0);
	if ((page->scan.tok[t].kind == SCAN_NUMBER ||
	    page->scan.tok[t].kind == SCAN_STRING) &&
	    number_u64(scan_ptr(&page->scan, t), scan_len(&page->scan, t),
	    INT64_MAX, &v) == 0) {
		paginate_told(page, v, count);
		return (0);
	}
	return (err_set_code(e, ERR_DATA, "bad_page", "%s: not a count",
	    ptr_text(ptr)));
}

/* The value of header ${name}, written in any case: as http_header. */
static int
get_header(const struct http_response *r, const char *name, char *v, size_t
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

/* The text that the answer gives for the next page: 1, 0 if none, or -1. */
static int
next_text(const struct paginate_spec *spec, const struct page *page,
    const struct http_response *r, struct buf *out, struct err *e)
{
	uint32_t t;
	char v[8192];
	enum scan_kind kind;
	int rc;

	if (spec->from_header != NULL) {
		rc = get_header(r, spec->from_header, v, sizeof(v));
		if (rc == 0)
			return (0);
		rc = rc < 0 ? -1 : buf_puts(out, v);
	} else {
		t = page_find(page, spec->from);
		if (t == SCAN_NOT_FOUND)
			return (0);
		kind = page->scan.tok[t].kind;
		if (kind == SCAN_NULL || kind == SCAN_FALSE)
			return (0);
		if (kind == SCAN_STRING)
			rc = scan_string(&page->scan, t, out);
		else if (kind == SCAN_NUMBER)
			rc = buf_append(out, scan_ptr(&page->scan, t),
			    scan_len(&page->scan, t));
		else
			rc = -1;
	}
	if (out->failed && !out->over)
		return (err_nomem(e));
	if (rc != 0)
		return (err_set_code(e, ERR_DATA, "bad_page", "the cursor in "
		    "the answer is no text or too long"));
	return (out->len > 0);
}

static bool
counts_pages(const struct paginate_spec *spec,
    const struct paginate_past *past)
{

	return (spec->type == PAGINATE_PAGE &&
	    past->total_pages != PAGINATE_UNKNOWN);
}

int
paginate_left(const struct paginate_spec *spec,
    const struct paginate_past *past, const struct paginate_pos *p)
{

	if (counts_pages(spec, past))
		return (p->number - spec->start < past->total_pages);
	if (past->total_records != PAGINATE_UNKNOWN)
		return (past->walked < past->total_records);
	return (-1);
}

static int
next_number(const struct paginate_spec *spec, const struct page *page,
    struct paginate_past *past, const struct paginate_pos *next,
    struct err *e)
{
	int left;

	/* What the API counts comes first: a page may be empty for once. */
	if (take_count(page, spec->total_pages, &past->total_pages, e) == -1 ||
	    take_count(page, spec->total_records, &past->total_records, e) ==
	    -1)
		return (-1);
	left = paginate_left(spec, past, next);
	if (left > 0 && page->records == 0 && !counts_pages(spec, past))
		return (err_set_code(e, ERR_TEMP, "total_mismatch", "the API "
		    "counts %" PRIu64 " records, and after %" PRIu64 " comes a "
		    "page without any", past->total_records, past->walked));
	if (left >= 0)
		return (left);
	if (page->records == 0)
		return (0);
	if (spec->stop_short && page->records < spec->size)
		return (0);
	return (1);
}

/* An answer that leads back to itself would go on for ever. */
static int
report_loop(const char *what, struct err *e)
{

	return (err_set_code(e, ERR_DATA, "loop", "the answer names its own %s "
	    "as the next", what));
}

static int
find_link(const struct paginate_pos *p, const char *url, const struct page
    *page,
    const struct http_response *r, struct paginate_pos *next, struct err *e)
{
	char name[64];
	int rc;

	rc = next_link(r, url, &next->text, e);
	if (rc == 0 && p->first &&
	    more_pages_sign(page, r, name, sizeof(name)))
		return (err_set_code(e, ERR_CONFIG, "more_pages", "there is "
		    "more than this page (%s), and no Link header leads to it: "
		    "say how with --paginate, or --paginate none", name));
	return (rc);
}

int
paginate_next(const struct paginate_spec *spec, const struct paginate_pos *p,
    const char *url, const struct page *page, const struct http_response *r,
    struct paginate_past *past, struct paginate_pos *next, struct err *e)
{
	struct buf text;
	int rc = 0;

	next->first = false;
	next->windows = p->windows;
	next->window = p->window;
	next->number = p->number;
	buf_reset(&next->text);
	if (page->lines && page->records > 0 && (spec->from != NULL ||
	    spec->total_pages != NULL || spec->total_records != NULL))
		return (page_no_place("no cursor or count", e));
	switch (spec->type) {
	case PAGINATE_NONE:
		return (0);
	case PAGINATE_AUTO:
	case PAGINATE_LINK:
		rc = find_link(p, url, page, r, next, e);
		break;
	case PAGINATE_PAGE:
	case PAGINATE_OFFSET:
		/* Servers give less than asked for when they please. */
		next->number = p->number +
		    (spec->type == PAGINATE_PAGE ? 1 : page->records);
		return (next_number(spec, page, past, next, e));
	case PAGINATE_CURSOR:
		rc = next_text(spec, page, r, &next->text, e);
		if (rc > 0 && next->text.len == p->text.len &&
		    memcmp(next->text.data, p->text.data, p->text.len) == 0)
			return (report_loop("cursor", e));
		return (rc);
	case PAGINATE_NEXT:
		buf_init(&text, MAX_TEXT);
		rc = next_text(spec, page, r, &text, e);
		if (rc > 0 && url_resolve(url, (const char *)text.data,
		    text.len, &next->text, e) == -1)
			rc = -1;
		buf_free(&text);
		break;
	}
	if (rc > 0 && next->text.len == strlen(url) &&
	    memcmp(next->text.data, url, next->text.len) == 0)
		return (report_loop("URL", e));
	return (rc);
}

uint64_t
paginate_last(const struct paginate_spec *spec,
    const struct paginate_past *past)
{
	uint64_t n = PAGINATE_UNKNOWN;

	if (counts_pages(spec, past))
		n = past->total_pages;
	else if (past->total_records == PAGINATE_UNKNOWN)
		return (PAGINATE_UNKNOWN);
	else if (spec->type == PAGINATE_OFFSET)
		n = past->total_records;
	else if (spec->size > 0)
		n = (past->total_records + spec->size - 1) / spec->size;
	return (n == 0 || n == PAGINATE_UNKNOWN ? n : spec->start + n - 1);
}

bool
paginate_same(const struct paginate_pos *a, const struct paginate_pos *b)
{

	return (a->first == b->first && a->window == b->window &&
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
		return (true);
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

	return (status == 404 && is_by_position(spec) && !p->first);
}
