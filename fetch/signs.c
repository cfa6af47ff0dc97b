/* SPDX-License-Identifier: Apache-2.0 */
#include "signs.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fetch/source/spec.h"
#include "fetch/source/url.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/http/http.h"
#include "lib/json/ptr.h"
#include "lib/json/scan.h"
#include "link.h"
#include "names.h"
#include "page.h"

#define MAX_VALUE (8U * 1024) /* of a header with JSON in it */
#define MAX_KEY 4096         /* of a member; longer ones are not ours */
#define MAX_DEPTH 32          /* of objects outside the records */

/* A search: its place, and its context. */
struct search {
	const struct signs_known *known;
	const struct scan *scan;
	const struct page *page; /* whose records are left out; or NULL */
	struct buf path;  /* JSON Pointer of the object */
	const char *header; /* it is in the JSON of this header; or NULL */
	struct signs *signs;
};

/* Whether a member of the object says that this was the last page. */
enum last { LAST_UNKNOWN, LAST_NOT, LAST_YES };

/* Is token ${t} the one that contains the records? */
static bool
is_left_out(const struct search *s, uint32_t t)
{

	return (s->page != NULL && page_holds(s->page, t));
}

/* Is ${place}, or a value around it, listed as no sign? */
static bool
is_excused(const struct signs_known *known, const char *place)
{
	const char *value;
	size_t i, n;

	for (i = 0; i < known->not_more->n; i++) {
		value = known->not_more->item[i].value;
		n = strlen(value);
		if (strncasecmp(value, place, n) == 0 && (place[n] == '\0' ||
		    (value[0] == '/' && place[n] == '/')))
			return (true);
	}
	return (false);
}

/* Does the paginator take the next page or the total from here? */
static bool
is_followed(const struct signs_known *known, const char *place, bool header)
{
	const struct paginate_spec *p = known->paginate;

	if (header)
		return (p->from_header != NULL &&
		    strcasecmp(p->from_header, place) == 0);
	return (p->from != NULL && !p->from_record &&
	    strcmp(ptr_text(p->from), place) == 0);
}

/* The place of the search; NULL if it is excused, or has no name. */
static const char *
find_place(const struct search *s, char place[SIGNS_PLACE])
{

	place[0] = '\0';
	if (s->header != NULL)
		snprintf(place, SIGNS_PLACE, "%s", s->header);
	else if (s->path.len < SIGNS_PLACE)
		snprintf(place, SIGNS_PLACE, "%.*s", (int)s->path.len,
		    (const char *)s->path.data);
	return (place[0] == '\0' || is_excused(s->known, place) ? NULL :
	    place);
}

/* Note that there is more; the first sign of a kind is kept. */
static void
note_more(const struct search *s, enum sign_kind kind)
{
	struct sign *sign = &s->signs->sign[kind];
	char place[SIGNS_PLACE];

	if (sign->found || find_place(s, place) == NULL ||
	    is_followed(s->known, place, s->header != NULL))
		return;
	sign->found = true;
	sign->header = s->header != NULL;
	memcpy(sign->place, place, sizeof(place));
}

/* How certain it is that a count is for the whole list. */
enum count { COUNT_PERHAPS, COUNT_SURE };

/* Note a count; the largest one is kept. */
static void
note_count(const struct search *s, enum sign_kind kind, uint64_t n,
    enum count sure)
{
	struct sign *sign = &s->signs->sign[kind];
	char place[SIGNS_PLACE];

	if (find_place(s, place) == NULL || (sign->found && (n < sign->n ||
	    (n == sign->n && sign->sure))))
		return;
	sign->found = true;
	sign->sure = sure == COUNT_SURE;
	sign->n = n;
	sign->header = s->header != NULL;
	memcpy(sign->place, place, sizeof(place));
}

static bool
is_word(const void *p, size_t n, const char *const *list)
{

	for (; *list != NULL; list++)
		if (strlen(*list) == n && strncasecmp(p, *list, n) == 0)
			return (true);
	return (false);
}

int
signs_yes(const void *p, size_t n)
{
	static const char *const yes[] = { "true", "1", "s", "sim", "y",
		"yes", NULL };
	static const char *const no[] = { "false", "0", "n", "nao",
		"n\xc3\xa3o", "no", NULL };

	return (is_word(p, n, yes) ? 1 : is_word(p, n, no) ? 0 : -1);
}

bool
signs_no_next(const void *p, size_t n)
{
	static const char *const none[] = { "null", "none", "nil", "0", "-1",
		"false", "undefined", NULL };

	return (n == 0 || is_word(p, n, none));
}

/* Does ${p} name its own page? */
static bool
names_itself(const struct signs_known *known, const char *p, size_t n)
{
	const char *cursor = known->cursor;
	struct err why = { .class = ERR_NONE };
	struct buf url;
	bool same;

	if (cursor != NULL && strlen(cursor) == n && memcmp(p, cursor, n) == 0)
		return (true);
	buf_init(&url, 2 * MAX_VALUE);
	same = n < MAX_VALUE && known->url != NULL &&
	    url_resolve(known->url, p, n, &url, &why) == 0 &&
	    url.len == strlen(known->url) &&
	    memcmp(url.data, known->url, url.len) == 0;
	buf_free(&url);
	return (same);
}

static bool
looks_like_url(const char *p, size_t n)
{

	return (n > 0 && (*p == '/' || *p == '?' ||
	    memmem(p, n, "://", 3) != NULL));
}

/* The next page is ${p}, a URL or not. */
static void
note_next(const struct search *s, const char *p, size_t n)
{
	bool first = !s->signs->sign[SIGN_NEXT].found;

	note_more(s, SIGN_NEXT);
	if (first)
		s->signs->sign[SIGN_NEXT].url = looks_like_url(p, n);
}

static bool
parse_count(const void *p, size_t n, uint64_t *v)
{

	return (number_u64(p, n, INT64_MAX, v) == 0);
}

/* The text or number ${p}, under a name that says ${says}. */
static enum last
weigh_value(const struct search *s, enum name_says says, const char *p,
    size_t n)
{
	int yes = signs_yes(p, n);
	uint64_t v;

	switch (says) {
	case NAME_NEXT:
		if (yes == 1 && *p != '1')
			note_more(s, SIGN_MORE);
		else if (!signs_no_next(p, n) && !names_itself(s->known, p, n))
			note_next(s, p, n);
		break;
	case NAME_TOKEN:
		if (!signs_no_next(p, n) && !names_itself(s->known, p, n))
			note_more(s, SIGN_TOKEN);
		break;
	case NAME_MORE:
		if (yes == 1 || (parse_count(p, n, &v) && v > 0))
			note_more(s, SIGN_MORE);
		return (yes == 0 ? LAST_YES : LAST_UNKNOWN);
	case NAME_LAST_PAGE:
		if (parse_count(p, n, &v) && v > 1)
			note_count(s, SIGN_PAGES, v, COUNT_SURE);
		/* FALLTHROUGH */
	case NAME_LAST:
		if (yes == 0)
			note_more(s, SIGN_MORE);
		return (yes == 1 ? LAST_YES : LAST_UNKNOWN);
	case NAME_TOTAL:
	case NAME_COUNT:
		if (parse_count(p, n, &v))
			note_count(s, SIGN_RECORDS, v, says == NAME_TOTAL ?
			    COUNT_SURE : COUNT_PERHAPS);
		break;
	case NAME_PAGES:
	case NAME_PAGEBOX:
		if (parse_count(p, n, &v))
			note_count(s, SIGN_PAGES, v, COUNT_SURE);
		break;
	case NAME_NOTHING:
	case NAME_BOX:
	case NAME_ASIDE:
		break;
	}
	return (LAST_UNKNOWN);
}

static void search_object(struct search *s, uint32_t t, enum name_says box,
    int depth);

/* The URL of a next page, ${v}, at ${key} of the searched object. */
static void
weigh_link(struct search *s, uint32_t v, const char *key)
{
	size_t before = s->path.len;

	page_append_step(&s->path, key, strlen(key));
	(void)weigh_value(s, NAME_NEXT, (const char *)scan_ptr(s->scan, v),
	    scan_len(s->scan, v));
	s->path.len = before;
}

/* {"rel":"next","href":...} in an array of links. */
static void
search_link(struct search *s, uint32_t t)
{
	uint32_t rel = scan_member(s->scan, t, "rel", 3);
	uint32_t href = scan_member(s->scan, t, "href", 4);

	if (rel == SCAN_NOT_FOUND || href == SCAN_NOT_FOUND ||
	    s->scan->tok[rel].kind != SCAN_STRING ||
	    s->scan->tok[href].kind != SCAN_STRING)
		return;
	if (names_read(scan_ptr(s->scan, rel), scan_len(s->scan, rel)) ==
	    NAME_NEXT)
		weigh_link(s, href, "href");
}

/*
 * The items of an array: links, and, if the whole response is an array,
 * anything.  Counts in an item of another list do not concern our list.
 */
static void
search_array(struct search *s, uint32_t t, int depth)
{
	const struct scan_token *tok = s->scan->tok;
	size_t before = s->path.len;
	uint32_t i, n = 0;

	for (i = t + 1; i < tok[t].next; i = tok[i].next, n++) {
		if (is_left_out(s, i) || tok[i].kind != SCAN_OBJECT)
			continue;
		buf_printf(&s->path, "/%u", n);
		if (t == 0)
			search_object(s, i, NAME_NOTHING, depth + 1);
		else
			search_link(s, i);
		s->path.len = before;
	}
}

/* An object under a name that says ${says}. */
static void
search_named(struct search *s, uint32_t t, enum name_says says, int depth)
{
	static const char *const counts[] = { "value", "count", "records",
		NULL };
	const char *key = "href", *const *c;
	size_t before = s->path.len;
	uint32_t v;

	if (says == NAME_NEXT && s->scan->tok[t].count > 0) {
		v = scan_member(s->scan, t, "href", 4);
		if (v == SCAN_NOT_FOUND)
			v = scan_member(s->scan, t, key = "url", 3);
		if (v == SCAN_NOT_FOUND)
			note_more(s, SIGN_NEXT);
		else if (s->scan->tok[v].kind == SCAN_STRING)
			weigh_link(s, v, key);
		return;
	}
	for (c = counts; says == NAME_TOTAL && *c != NULL; c++) {
		v = scan_member(s->scan, t, *c, strlen(*c));
		if (v == SCAN_NOT_FOUND)
			continue;
		page_append_step(&s->path, *c, strlen(*c));
		(void)weigh_value(s, says, (const char *)scan_ptr(s->scan, v),
		    scan_len(s->scan, v));
		s->path.len = before;
		return;
	}
	search_object(s, t, says, depth + 1);
}

/* Member ${k}, ${key}, in an object whose name says ${box}. */
static enum last
search_member(struct search *s, uint32_t k, const struct buf *key,
    enum name_says box, int depth)
{
	uint32_t v = k + 1;
	enum name_says says = names_read(key->data, key->len);

	if (box == NAME_PAGEBOX && says == NAME_TOTAL)
		says = NAME_PAGES;
	switch (s->scan->tok[v].kind) {
	case SCAN_NULL:
		break;
	case SCAN_OBJECT:
		search_named(s, v, says, depth);
		break;
	case SCAN_ARRAY:
		search_array(s, v, depth);
		break;
	default:
		/* "after" has many meanings. */
		if (says != NAME_TOKEN || box == NAME_BOX ||
		    key->len > 5)
			return (weigh_value(s, says, (const char *)
			    scan_ptr(s->scan, v), scan_len(s->scan, v)));
	}
	return (LAST_UNKNOWN);
}

/*
 * All members of object ${t}.  If one of them says that this was the last
 * page, a token next to it, which some APIs always send, does not name a next
 * page.
 */
static void
search_object(struct search *s, uint32_t t, enum name_says box, int depth)
{
	const struct scan_token *tok = s->scan->tok;
	const struct sign token = s->signs->sign[SIGN_TOKEN];
	const struct sign next = s->signs->sign[SIGN_NEXT];
	enum last last = LAST_UNKNOWN, one;
	size_t before = s->path.len;
	struct buf key;
	uint32_t i;

	if (depth > MAX_DEPTH || (box == NAME_ASIDE &&
	    (s->page == NULL || !page_around(s->page, t))))
		return;
	buf_init(&key, MAX_KEY);
	for (i = t + 1; i < tok[t].next; i = tok[i + 1].next) {
		if (is_left_out(s, i + 1))
			continue;
		buf_reset(&key);
		(void)scan_string(s->scan, i, &key);
		page_append_step(&s->path, key.data, key.len);
		one = search_member(s, i, &key, box, depth);
		last = one == LAST_UNKNOWN ? last : one;
		s->path.len = before;
	}
	buf_free(&key);
	if (last != LAST_YES)
		return;
	s->signs->no_more = true;
	s->signs->sign[SIGN_TOKEN] = token;
	if (!s->signs->sign[SIGN_NEXT].url)
		s->signs->sign[SIGN_NEXT] = next;
}

/* "items 0-9/25": the total, if known, and not of bytes. */
static void
read_content_range(const struct search *s, const char *v, size_t n)
{
	const char *slash = memrchr(v, '/', n);
	uint64_t total;

	if (slash != NULL && (n < 5 || strncasecmp(v, "bytes", 5) != 0) &&
	    parse_count(slash + 1, (size_t)(v + n - slash) - 1, &total))
		note_count(s, SIGN_RECORDS, total, COUNT_SURE);
}

/* A header with an object of JSON in it: X-Pagination. */
static void
search_json_header(struct search *s, const char *v, size_t n)
{
	struct search inside = *s;
	struct err why = { .class = ERR_NONE };
	struct scan scan;
	struct buf b;

	buf_init(&b, MAX_VALUE);
	scan_init(&scan);
	inside.scan = &scan;
	inside.page = NULL;
	if (buf_append(&b, v, n) == 0 &&
	    scan_text(&scan, b.data, b.len, &why) == 0 &&
	    scan.tok[0].kind == SCAN_OBJECT)
		search_object(&inside, 0, NAME_NOTHING, 0);
	s->path = inside.path;
	scan_free(&scan);
	buf_free(&b);
}

static bool
ends_with(const char *p, size_t n, const char *end)
{
	size_t len = strlen(end);

	return (n >= len && memcmp(p + n - len, end, len) == 0);
}

static void
search_header(struct search *s, const char *name, size_t n, const char *v,
    size_t len)
{
	enum name_says says = names_read(name, n);
	const char *target;
	char text[SIGNS_PLACE];

	if (n >= sizeof(text))
		return;
	memcpy(text, name, n);
	text[n] = '\0';
	s->header = text;
	if (strcmp(text, "link") == 0) {
		if (link_find(v, len, "next", &target) >= 0 &&
		    s->known->paginate->type != PAGINATE_AUTO &&
		    s->known->paginate->type != PAGINATE_LINK)
			note_more(s, SIGN_LINK);
	} else if (ends_with(name, n, "content-range")) {
		read_content_range(s, v, len);
	} else if (len > 1 && v[0] == '{' && memmem(name, n, "pag", 3)) {
		search_json_header(s, v, len);
	} else if (says != NAME_LAST && says != NAME_TOKEN) {
		(void)weigh_value(s, says, v, len);
	}
	s->header = NULL;
}

static void
search_headers(struct search *s, const struct http_response *r)
{
	const char *p = (const char *)r->headers.data, *nl, *v;
	const char *end = p + r->headers.len;

	for (; p != NULL && p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			return;
		v = memchr(p, ':', (size_t)(nl - p));
		if (v == NULL)
			continue;
		for (v++; v < nl && *v == ' '; v++)
			;
		search_header(s, p, strcspn(p, ":"), v, (size_t)(nl - v));
	}
}

int
signs_read(const struct page *page, const struct http_response *r,
    const struct signs_known *known, struct signs *s, struct err *e)
{
	struct search search = { .known = known, .scan = &page->scan,
		.page = page, .signs = s };
	bool body = !page->lines && page->scan.ntok > 0 &&
	    !page_holds(page, 0);
	int rc;

	memset(s, 0, sizeof(*s));
	buf_init(&search.path, (size_t)1 << 20);
	if (body && page->scan.tok[0].kind == SCAN_OBJECT)
		search_object(&search, 0, NAME_NOTHING, 0);
	else if (body && page->scan.tok[0].kind == SCAN_ARRAY)
		search_array(&search, 0, 0);
	if (r != NULL)
		search_headers(&search, r);
	rc = search.path.failed && !search.path.over ? err_nomem(e) : 0;
	buf_free(&search.path);
	return (rc);
}

void
signs_propose(const struct signs *s, struct buf *out)
{
	const struct sign *next = &s->sign[SIGN_NEXT];
	const struct sign *token = &s->sign[SIGN_TOKEN];
	const struct sign *pages = &s->sign[SIGN_PAGES];

	if (s->sign[SIGN_LINK].found)
		buf_puts(out, " -p link");
	else if (next->found)
		buf_printf(out, " -p %s --next %s", next->url ? "next" :
		    "cursor --cursor-param NAME", next->place);
	else if (token->found)
		buf_printf(out, " -p cursor --cursor-param NAME --next %s",
		    token->place);
	else
		buf_puts(out, " -p page");
	if (s->sign[SIGN_RECORDS].found)
		buf_printf(out, " --total %s", s->sign[SIGN_RECORDS].place);
	else if (pages->found && !next->found && !token->found)
		buf_printf(out, " --set /paginate/total_pages=%s", pages->place);
}
