/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "exchange.h"
#include "fetch/source/redact.h"
#include "fetch/source/source.h"
#include "fetch/source/spec.h"
#include "fetch/source/url.h"
#include "guess.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/base/percent.h"
#include "lib/base/shell.h"
#include "lib/json/ptr.h"
#include "lib/json/scan.h"
#include "lib/report/msg.h"
#include "link.h"
#include "page.h"
#include "paginate.h"
#include "queue.h"
#include "request.h"
#include "signs.h"

#define MAX_NAME 128
#define MAX_URL (64U * 1024)
#define MAX_IDS 500 /* records that are compared */

/* The proposal under construction. */
struct proposal {
	json_t *doc;      /* borrowed from the source */
	json_t *paginate; /* borrowed from ${doc}; or NULL */
	struct buf line;  /* the same as options */
	const char *url;
	struct page *page;
	const struct http_response *response;
	struct signs signs;
	bool failed;
};

/* Is ${option} a --set, whose value follows directly? */
static bool
ends_in_equals(const char *option)
{

	return (option[strlen(option) - 1] == '=');
}

/* Set member ${key} of ${obj}, and option ${option} for the same. */
static void
propose_text(struct proposal *p, json_t *obj, const char *key,
    const char *option, const char *v)
{

	if (json_object_set_new(obj, key, json_string(v)) == -1)
		p->failed = true;
	buf_printf(&p->line, " %s%s", option,
	    ends_in_equals(option) ? "" : " ");
	shell_quote(&p->line, v);
}

static void
propose_type(struct proposal *p, const char *type)
{

	if (json_object_set_new(p->doc, "paginate", json_object()) == -1)
		p->failed = true;
	p->paginate = json_object_get(p->doc, "paginate");
	propose_text(p, p->paginate, "type", "-p", type);
}

/* Lower case without word separators; false: too long. */
static bool
normalize_name(const char *p, size_t n, char out[MAX_NAME])
{
	size_t len = 0;

	for (; n > 0; p++, n--) {
		if (*p == '_' || *p == '-' || *p == '$')
			continue;
		if (len + 1 == MAX_NAME)
			return (false);
		out[len++] = (char)(*p >= 'A' && *p <= 'Z' ?
		    *p + ('a' - 'A') : *p);
	}
	out[len] = '\0';
	return (true);
}

/* Return the index of ${name} in ${names}, -1 if absent. */
static int
find_name(const char *const *names, const char *p, size_t n)
{
	char name[MAX_NAME];
	int i;

	if (normalize_name(p, n, name))
		for (i = 0; names[i] != NULL; i++)
			if (strcmp(names[i], name) == 0)
				return (i);
	return (-1);
}

/* The parameter for the value at ${place}: "token" for "next_token". */
static void
guess_param(const char *place, bool number, char out[MAX_NAME])
{
	static const struct {
		const char *place, *param;
	} known[] = { { "endcursor", "after" }, { "lastseq", "since" },
		{ "lastevaluatedkey", "ExclusiveStartKey" },
		{ "next", "cursor" }, { "proximo", "cursor" },
		{ "nexttoken", "nextToken" } };
	const char *name = strrchr(place, '/'), *rest;
	char plain[MAX_NAME];
	size_t i;

	name = name == NULL ? place : name + 1;
	rest = name;
	if (strncasecmp(name, "next", 4) == 0)
		rest += 4;
	else if (strncasecmp(name, "proxim", 6) == 0)
		rest += 7;
	rest += strspn(rest, "_-");
	snprintf(out, MAX_NAME, "%s", *rest != '\0' ? rest : number ? "page" :
	    "cursor");
	if (out[0] >= 'A' && out[0] <= 'Z' && rest != name)
		out[0] = (char)(out[0] + ('a' - 'A'));
	if (number || !normalize_name(name, strlen(name), plain))
		return;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(plain, known[i].place) == 0)
			snprintf(out, MAX_NAME, "%s", known[i].param);
}

/* Is the value at the pointer ${place} a number? */
static bool
is_number_at(const struct proposal *p, const char *place)
{
	struct err why = { .class = ERR_NONE };
	struct ptr *ptr = ptr_parse(place, &why);
	uint32_t t = ptr == NULL ? SCAN_NOT_FOUND : page_find(p->page, ptr);

	ptr_free(ptr);
	return (t != SCAN_NOT_FOUND &&
	    p->page->scan.tok[t].kind == SCAN_NUMBER);
}

/* The response names the next page. */
static void
propose_next(struct proposal *p, const struct sign *next)
{
	char param[MAX_NAME];

	propose_type(p, next->url ? "next" : "cursor");
	propose_text(p, p->paginate, next->header ? "from_header" : "from",
	    "--next", next->place);
	if (next->url)
		return;
	guess_param(next->place, !next->header && is_number_at(p,
	    next->place), param);
	propose_text(p, p->paginate, "param", "--cursor-param", param);
	msg_log(MSG_WARNING, "probe", "pages: the parameter \"%s\" for what is "
	    "at %s is a guess", param, next->place);
}

/*
 * The name of the parameter of ${url} that is one of ${names}, and its value
 * if it is digits; false if there is no such parameter.
 */
static bool
find_query(const char *url, const char *const *names, char name[MAX_NAME],
    uint64_t *v)
{
	const char *p = strchr(url, '?'), *eq, *q;
	size_t n, len;
	int c;

	for (; p != NULL && *p != '\0' && *p != '#'; p += n) {
		p++;
		n = strcspn(p, "&#");
		eq = memchr(p, '=', n);
		if (eq == NULL)
			continue;
		for (q = p, len = 0; q < eq && len + 1 < MAX_NAME; len++) {
			c = percent_byte(&q, eq);
			name[len] = (char)c;
		}
		name[len] = '\0';
		if (find_name(names, name, len) != -1 &&
		    number_u64(eq + 1, (size_t)(p + n - eq - 1), UINT32_MAX,
		    v) == 0)
			return (true);
	}
	return (false);
}

static void
propose_number(struct proposal *p, const char *key, const char *option,
    uint64_t v)
{

	if (json_object_set_new(p->paginate, key,
	    json_integer((json_int_t)v)) == -1)
		p->failed = true;
	buf_printf(&p->line, " %s%" PRIu64, option, v);
}

/* The URL requests a page by its number, or by that of its first record. */
static bool
propose_by_query(struct proposal *p)
{
	static const char *const pages[] = { "page", "p", "pg", "pageno",
		"pagenumber", "pagenum", "page[number]", "pageindex", "pagina",
		"numeropagina", NULL };
	static const char *const offsets[] = { "offset", "page[offset]", "skip",
		"start", "startindex", "startat", "from", NULL };
	static const char *const sizes[] = { "limit", "perpage", "pagesize",
		"size", "page[size]", "top", "take", "rows", "count",
		"registrosporpagina", "itensporpagina", "maxresults", NULL };
	char name[MAX_NAME];
	uint64_t v;
	bool page = find_query(p->url, pages, name, &v);

	if (!page && !find_query(p->url, offsets, name, &v))
		return (false);
	propose_type(p, page ? "page" : "offset");
	propose_text(p, p->paginate, "param", "--page-param", name);
	if (v != (page ? 1 : 0))
		propose_number(p, "start", "--set /paginate/start=", v);
	if (find_query(p->url, sizes, name, &v) && v > 0) {
		propose_text(p, p->paginate, "size_param",
		    "--set /paginate/size_param=", name);
		propose_number(p, "size", "--set /paginate/size=", v);
	}
	return (true);
}

/* No next page is named, but there is more: probably by numbers. */
static void
propose_pages(struct proposal *p)
{
	const struct sign *all = p->signs.sign;
	bool portuguese = false;
	int i;

	for (i = 0; i < SIGN_KINDS; i++)
		portuguese |= all[i].found &&
		    strcasestr(all[i].place, "pagina") != NULL;
	propose_type(p, "page");
	propose_text(p, p->paginate, "param", "--page-param", portuguese ?
	    "pagina" : "page");
	msg_log(MSG_WARNING, "probe", "pages: nothing names the next one: page "
	    "numbers, and the name of their parameter, are a guess");
}

/* Does a Link header lead to the next page? */
static bool
has_link(const struct http_response *r)
{
	const char *target;
	char v[8192];

	return (http_header(r, "link", v, sizeof(v)) == 1 &&
	    link_find(v, strlen(v), "next", &target) >= 0);
}

/* The total number of records; false: not in the response. */
static bool
propose_total(struct proposal *p)
{
	const struct sign *records = &p->signs.sign[SIGN_RECORDS];

	if (records->found && json_object_get(p->doc, "total") == NULL)
		propose_text(p, p->doc, "total", "--total", records->place);
	return (records->found);
}

/* The kind of paging, and the proof of the end. */
static void
propose_walk(struct proposal *p)
{
	const struct sign *all = p->signs.sign;
	bool by_number = false;

	if (has_link(p->response))
		propose_type(p, "link");
	else if (all[SIGN_NEXT].found)
		propose_next(p, &all[SIGN_NEXT]);
	else if (all[SIGN_TOKEN].found)
		propose_next(p, &all[SIGN_TOKEN]);
	else if (propose_by_query(p))
		by_number = true;
	else if (all[SIGN_MORE].found || all[SIGN_PAGES].found ||
	    (all[SIGN_RECORDS].found &&
	    all[SIGN_RECORDS].n > p->page->records)) {
		propose_pages(p);
		by_number = true;
	}
	if (propose_total(p))
		;
	else if (by_number && all[SIGN_PAGES].found &&
	    strcmp(json_string_value(json_object_get(p->paginate, "type")),
	    "page") == 0)
		propose_text(p, p->paginate, "total_pages",
		    "--set /paginate/total_pages=",
		    all[SIGN_PAGES].place);
	else if (by_number && all[SIGN_MORE].found && !all[SIGN_MORE].header)
		propose_text(p, p->paginate, "more", "--set /paginate/more=",
		    all[SIGN_MORE].place);
	if (p->paginate == NULL)
		msg_log(MSG_WARNING, "probe", "pages: nothing says that there "
		    "are more: it may be one page");
}

/* A member with a different value in every record. */
struct ids {
	const struct buf *inside; /* the envelope, or NULL */
	const char *name;
	size_t len;
	const struct scan *scan; /* of the records so far, and */
	uint32_t value[MAX_IDS]; /* their values */
	size_t n;
	bool differ;
};

static int
compare_id(void *arg, const struct scan *s, uint32_t t, struct err *e)
{
	struct ids *ids = arg;
	size_t i;

	(void)e;
	if (ids->n == MAX_IDS)
		return (1);
	if (ids->inside != NULL && s->tok[t].kind == SCAN_OBJECT)
		t = scan_member(s, t, ids->inside->data, ids->inside->len);
	ids->differ = t != SCAN_NOT_FOUND && s->tok[t].kind == SCAN_OBJECT &&
	    (t = scan_member(s, t, ids->name, ids->len)) != SCAN_NOT_FOUND &&
	    (s->tok[t].kind == SCAN_STRING || s->tok[t].kind == SCAN_NUMBER) &&
	    scan_len(s, t) > 0;
	for (i = 0; ids->differ && i < ids->n; i++)
		ids->differ = scan_len(s, t) != scan_len(s, ids->value[i]) ||
		    memcmp(scan_ptr(s, t), scan_ptr(s, ids->value[i]),
		    scan_len(s, t)) != 0;
	ids->value[ids->n++] = t;
	return (ids->differ ? 0 : 1);
}

/* The member of object ${t} whose name is likeliest that of an id. */
static bool
find_id(const struct proposal *p, uint32_t t, const struct buf *inside,
    struct buf *out)
{
	static const char *const names[] = { "id", "uuid", "guid", "key",
		"chave", "chaveacesso", "chavenfe", "accesskey", "nsu",
		"invoiceid", "orderid", "codigo", "code", "numero", "number",
		NULL };
	const struct scan *s = &p->page->scan;
	const struct scan_token *tok = s->tok;
	struct ids ids;
	uint32_t i, best = SCAN_NOT_FOUND;
	int rank, least = 0;

	for (i = t + 1; i < tok[t].next; i = tok[i + 1].next) {
		rank = find_name(names, (const char *)scan_ptr(s, i),
		    scan_len(s, i));
		if (rank == -1 || (best != SCAN_NOT_FOUND && rank >= least))
			continue;
		memset(&ids, 0, sizeof(ids));
		ids.inside = inside;
		ids.name = (const char *)scan_ptr(s, i);
		ids.len = scan_len(s, i);
		(void)page_each(p->page, compare_id, &ids, NULL);
		if (!ids.differ)
			continue;
		best = i;
		least = rank;
	}
	if (best == SCAN_NOT_FOUND)
		return (false);
	if (inside != NULL)
		page_append_step(out, inside->data, inside->len);
	page_append_step(out, scan_ptr(s, best), scan_len(s, best));
	return (true);
}

static int
take_first(void *arg, const struct scan *s, uint32_t t, struct err *e)
{

	(void)s;
	(void)e;
	*(uint32_t *)arg = t;
	return (1);
}

/* A unique id of the records: in them, or in their envelope. */
static void
propose_id(struct proposal *p)
{
	const struct scan *s = &p->page->scan;
	uint32_t t = SCAN_NOT_FOUND, i;
	struct buf where, inside;
	bool found;

	if (p->page->lines)
		return;
	(void)page_each(p->page, take_first, &t, NULL);
	if (t == SCAN_NOT_FOUND || s->tok[t].kind != SCAN_OBJECT)
		return;
	buf_init(&where, MAX_URL);
	buf_init(&inside, MAX_URL);
	found = find_id(p, t, NULL, &where);
	for (i = t + 1; !found && i < s->tok[t].next; i = s->tok[i + 1].next) {
		buf_reset(&inside);
		if (s->tok[i + 1].kind == SCAN_OBJECT &&
		    scan_string(s, i, &inside) == 0 &&
		    buf_cstr(&inside) != NULL)
			found = find_id(p, i + 1, &inside, &where);
	}
	if (found && buf_cstr(&where) != NULL)
		propose_text(p, p->doc, "unique", "--set /unique=",
		    (const char *)where.data);
	buf_free(&where);
	buf_free(&inside);
}

/* The place of the records; false: there seem to be no records. */
static bool
propose_records(struct proposal *p, const struct source *s)
{
	struct buf where;
	bool found = true;

	if (p->page->lines) {
		if (s->page.format == PAGE_AUTO)
			msg_log(MSG_WARNING, "probe", "records: NDJSON");
		return (p->page->records > 0);
	}
	if (json_object_get(p->doc, "records") != NULL ||
	    json_object_get(p->doc, "records_map") != NULL ||
	    p->page->scan.tok[0].kind == SCAN_ARRAY)
		return (p->page->records > 0);
	buf_init(&where, MAX_URL);
	found = guess_records(p->page, &where);
	if (buf_cstr(&where) == NULL)
		p->failed = true;
	else
		propose_text(p, p->doc, "records", "--records",
		    (const char *)where.data);
	buf_free(&where);
	return (found && p->page->records > 0);
}

/* Report the basis of the proposal. */
static void
report_proposal(struct proposal *p)
{
	struct buf url;

	buf_init(&url, MAX_URL);
	redact_url(p->url, &url);
	buf_putc(&p->line, ' ');
	shell_quote(&p->line, buf_cstr(&url));
	msg_log(MSG_WARNING, "probe", "records: %" PRIu64 " in the first page",
	    p->page->records);
	if (!p->page->lines && json_object_get(p->doc, "unique") == NULL)
		msg_log(MSG_WARNING, "probe", "id: none was found (\"unique\")");
	if (json_object_get(p->doc, "total") == NULL)
		msg_log(MSG_WARNING, "probe", "end: no count of the records was "
		    "found that could prove it (--total)");
	if (buf_cstr(&p->line) != NULL && !url.failed)
		msg_log(MSG_WARNING, "probe", "confirm this with the API's "
		    "documentation, then: nf-fetch%s",
		    (const char *)p->line.data);
	buf_free(&url);
}

/* Complete the document of ${s} from the response to ${x}. */
static int
make_proposal(struct source *s, struct exchange *x, struct buf *out,
    struct err *e)
{
	const struct paginate_spec none = { .type = PAGINATE_NONE };
	const struct signs_known known = { .not_more = &s->not_more,
		.paginate = &none, .url = exchange_url(x) };
	struct proposal p = { .doc = s->doc, .url = s->url,
		.page = exchange_page(x), .response = exchange_response(x) };
	char *text = NULL;
	int rc = -1;

	buf_init(&p.line, 8 * MAX_URL);
	if (propose_records(&p, s))
		propose_id(&p);
	else
		msg_log(MSG_WARNING, "probe", "records: none were found: the "
		    "rest is a guess");
	if (signs_read(p.page, p.response, &known, &p.signs, e) == 0) {
		if (s->file != NULL || s->paginate.type != PAGINATE_AUTO)
			(void)propose_total(&p);
		else
			propose_walk(&p);
		report_proposal(&p);
		text = source_text(s);
		rc = p.failed || p.line.failed || text == NULL ||
		    buf_puts(out, text) == -1 || buf_putc(out, '\n') == -1 ?
		    err_nomem(e) : 0;
	}
	free(text);
	buf_free(&p.line);
	return (rc);
}

int
probe_run(struct source *s, struct exchange_client *c, struct buf *out,
    struct err *e)
{
	struct request_vars v = { .source = s };
	struct paginate_pos pos;
	struct exchange *x = NULL;
	struct ptr *all = NULL;
	int rc = -1;

	if (s->page.records == NULL && s->page.places == NULL)
		s->page.records = all = ptr_parse("", e);
	paginate_pos_init(&pos);
	queue_start(s, &pos);
	v.pos = &pos;
	if (e->class == ERR_NONE)
		x = exchange_new(c, &v, e);
	if (x != NULL && exchange_wait(x, e) == 0)
		rc = make_proposal(s, x, out, e);
	exchange_free(x);
	paginate_pos_free(&pos);
	if (all != NULL)
		s->page.records = NULL;
	ptr_free(all);
	return (rc);
}
