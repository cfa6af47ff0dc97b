/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include <assert.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "lib/base/zone.h"
#include "lib/json/config.h"
#include "lib/json/jload.h"
#include "lib/json/ptr.h"
#include "places.h"
#include "redact.h"
#include "rules.h"
#include "source_file.h"
#include "source_login.h"
#include "source_read.h"
#include "source_request.h"
#include "source_vars.h"
#include "spec.h"
#include "template.h"
#include "url.h"

#define MAX_PAIRS 256
#define MAX_SHOWN (256U * 1024)

static const char *const members[] = { "$schema", "name", "url", "method",
	"query", "headers", "body", "first_request", "next_origin", "vars",
	"records", "records_map", "missing_records", "format", "charset",
	"paginate", "window", "total", "unique", "not_more", "empty_on",
	"require_proof", "auth", "timeouts", "tls", "responses", "rate",
	"allow_origins", "allow_http", "idempotent", "stable", "strict",
	"since", "sort", "max_pages", "max_records", "each", "into", NULL };

/* Members that decide which records come, and so go into the hash. */
static const char *const hashed[] = { "url", "method", "query", "headers",
	"body", "first_request", "vars", "records", "records_map",
	"missing_records", "format", "charset", "paginate", "window",
	"responses", "empty_on", "max_pages", "max_records", "each", "into",
	NULL };

/* Read an array of texts as pairs without names. */
static int
load_list(const struct config *c, const char *key, struct source_pairs *p,
    struct err *e)
{
	const json_t *list = json_object_get(c->json, key);
	size_t i, n = json_array_size(list);

	if (list == NULL)
		return (0);
	if (!json_is_array(list) || n > MAX_PAIRS)
		return (config_error_at(c, key, e, "not an array of texts"));
	p->item = calloc(n + 1, sizeof(*p->item));
	if (p->item == NULL)
		return (err_nomem(e));
	for (i = 0; i < n; i++) {
		p->item[i].value = json_string_value(json_array_get(list, i));
		if (p->item[i].value == NULL)
			return (config_error_at(c, key, e, "not an array of "
			    "texts"));
	}
	p->n = n;
	return (0);
}

/* The URL: absolute, and no variable may decide its host. */
static int
check_source_url(const char *url, const struct config *c, struct err *e)
{
	struct err why = { 0 };
	const char *path = strstr(url, "://");
	const char *name;
	size_t n;

	if (url_leads(url) > 0 && template_single(url + url_leads(url), &name,
	    &n))
		return (0); /* a record has the rest after the host */
	if (url_check(url, &why) == -1)
		return (config_error_at(c, "url", e, "%s", why.msg));
	path = path == NULL ? url : path + 3 + strcspn(path + 3, "/?");
	if (strcspn(url, "{}") < (size_t)(path - url))
		return (config_error_at(c, "url", e,
		    "a variable stands for the "
		    "host"));
	return (0);
}

/* "first_request" has the origin of the others. */
static int
check_first_url(const struct source *s, const struct config *c, struct err *e)
{
	struct config first;

	if (!config_member(c, "first_request", &first))
		return (0);
	if (check_source_url(s->first.url, &first, e) == -1)
		return (-1);
	return (url_same_origin(s->first.url, s->url) ? 0 :
	    config_error_at(&first, "url", e, "of another origin than "
	    "\"url\""));
}

/* Is ${text} only a value that the API itself gave? */
static bool
is_cursor(const struct source *s, const char *text)
{
	const char *name;
	size_t n;

	return (template_single(text, &name, &n) &&
	    source_vars_find(s, name, n) == VAR_CURSOR);
}

/* A credential must not be in a source: only {env.NAME} may supply it. */
static int
check_headers(const struct source *s, const struct config *c, struct err *e)
{
	size_t i;

	for (i = 0; i < s->headers.n; i++)
		if (secret_name(s->headers.item[i].name) &&
		    strstr(s->headers.item[i].value, "{env.") == NULL &&
		    !is_cursor(s, s->headers.item[i].value))
			return (config_error_at(c, "headers", e,
			    "a credential is "
			    "written here: use \"auth\" (--bearer, --basic, "
			    "--api-key) or {env.NAME}"));
	return (0);
}

/* The parameter that carries the position, if no template does. */
static int
choose_param(struct source *s, const struct config *c, struct err *e)
{
	struct paginate_spec *p = &s->paginate;
	const char *name = p->type == PAGINATE_PAGE ? "page" :
	    p->type == PAGINATE_OFFSET ? "offset" :
	    p->type == PAGINATE_CURSOR ? "cursor" : NULL;
	bool used = name != NULL && source_vars_uses(s, name);

	if (p->param == NULL && !used && name != NULL &&
	    p->type != PAGINATE_CURSOR)
		p->param = name;
	if (p->type == PAGINATE_CURSOR && p->param == NULL && !used)
		return (config_error_at(c, "paginate", e, "\"param\" missing: "
		    "the query parameter that takes the cursor (--cursor-param), "
		    "or {cursor} in query, headers or body"));
	if (p->type == PAGINATE_CURSOR && p->first == NULL &&
	    source_vars_needs(s, "cursor"))
		return (config_error_at(c, "paginate", e, "\"first\" missing: "
		    "the URL has {cursor} in its path, and the first request "
		    "has none yet (--set /paginate/first=0)"));
	if (p->size > 0 && p->size_param == NULL && !p->stop_short &&
	    !source_vars_uses(s, "size") && !source_vars_uses(s, "offset_end"))
		return (config_error_at(c, "paginate", e, "\"size\" needs "
		    "\"size_param\", or {size} in query, "
		    "headers or body"));
	return (0);
}

/* Item ${i} of the array at ${key} is wrong. */
static int
reject_item(const struct config *c, const char *key, size_t i, struct err *e,
    const char *why)
{
	struct config list, item;

	if (!config_member(c, key, &list))
		return (config_error(c, e, "%s", why));
	config_item(&list, i, &item);
	return (config_error(&item, e, "%s", why));
}

/* "rate": budgets. */
static int
load_rates(struct source *s, const struct config *c, struct err *e)
{
	struct source_pairs texts = { 0 };
	int rc;

	rc = load_list(c, "rate", &texts, e);
	if (rc == 0 && texts.n > 0 && (s->rates = calloc(texts.n,
	    sizeof(*s->rates))) == NULL)
		rc = err_nomem(e);
	for (; rc == 0 && s->nrates < texts.n; s->nrates++)
		if (budget_parse(texts.item[s->nrates].value,
		    &s->rates[s->nrates]) == -1)
			rc = reject_item(c, "rate", s->nrates, e, "not a rate "
			    "such as \"90/min\"");
	free(texts.item);
	return (rc);
}

/* "empty_on": statuses of responses that are empty pages. */
static int
load_statuses(struct source *s, const struct config *c, struct err *e)
{
	struct config list, item;
	int64_t status;
	size_t i;

	if (!config_member(c, "empty_on", &list))
		return (0);
	if (!config_is_array(&list) || config_size(&list) > MAX_STATUSES)
		return (config_error(&list, e, "not an array of statuses"));
	for (i = 0; i < config_size(&list); i++) {
		config_item(&list, i, &item);
		if (config_number(&item, 200, 599, &status, e) == -1)
			return (-1);
		s->empty_on[s->nempty_on++] = (int)status;
	}
	return (0);
}

static int
check_origins(const struct source *s, const struct config *c, struct err *e)
{
	struct err why = { 0 };
	size_t i;

	for (i = 0; i < s->origins.n; i++)
		if (url_check(s->origins.item[i].value, &why) == -1)
			return (reject_item(c, "allow_origins", i, e, "not an "
			    "origin such as \"https://host\""));
	return (0);
}

static int
load_tls(struct source *s, const struct config *top, struct err *e)
{
	static const char *const keys[] = { "ca", "cert", "key",
		"key_password", NULL };
	struct config c;
	int rc;

	rc = config_get_object(top, "tls", NULL, &c, e);
	if (rc <= 0)
		return (rc);
	if (config_object(&c, keys, e) == -1 ||
	    config_get_string(&c, "ca", &s->ca, e) == -1 ||
	    config_get_string(&c, "cert", &s->cert, e) == -1 ||
	    config_get_string(&c, "key", &s->key, e) == -1 ||
	    source_read_secret(&c, "key_password", &s->key_password_ref, e) ==
	    -1)
		return (-1);
	if (s->key_password_ref != NULL && s->cert == NULL)
		return (config_error_at(&c, "key_password", e, "needs \"cert\" "
		    "(--cert)"));
	return (0);
}

static int
copy_pairs(struct source_pairs *to, const struct source_pairs *from,
    struct err *e)
{

	if (from->n == 0)
		return (0);
	to->item = calloc(from->n, sizeof(*to->item));
	if (to->item == NULL)
		return (err_nomem(e));
	memcpy(to->item, from->item, from->n * sizeof(*to->item));
	to->n = from->n;
	return (0);
}

/* "first_request": missing members are as in the others. */
static int
load_first_request(struct source *s, const struct config *top, struct err *e)
{
	static const char *const keys[] = { "url", "method", "query", "body",
		NULL };
	const struct source_request *all = &s->request;
	struct source_request *q = &s->first;
	struct config c;
	int rc;

	rc = config_get_object(top, "first_request", keys, &c, e);
	if (rc <= 0 || source_request_load(q, &c, e) == -1)
		return (rc <= 0 ? rc : -1);
	if (q->url == NULL)
		q->url = all->url;
	if (json_object_get(c.json, "query") == NULL &&
	    copy_pairs(&q->query, &all->query, e) == -1)
		return (-1);
	if (json_object_get(c.json, "body") != NULL)
		return (0);
	q->body_json = json_incref(all->body_json);
	if (json_object_get(c.json, "method") == NULL)
		q->method = all->method;
	return (copy_pairs(&q->body_form, &all->body_form, e));
}

/* May it be sent twice (RFC 9110 section 9.2.2)? */
static bool
is_idempotent(const struct source_request *q)
{

	return (q->url == NULL || strcmp(q->method, "POST") != 0);
}

/* Where the records are. */
static int
load_places(struct source *s, const struct config *c, struct err *e)
{
	int rc = places_load(c, &s->places, e);

	if (rc != 0)
		return (rc == -1 ? -1 : 0);
	return (source_read_ptr(c, "records", &s->records, e) == -1 ? -1 : 0);
}

/* "charset": that of responses, whatever they declare. */
static int
load_charset(struct source *s, const struct config *c, struct err *e)
{
	const char *name = NULL;

	if (config_get_string(c, "charset", &name, e) == -1)
		return (-1);
	if (name == NULL)
		return (0);
	s->page.charset = charset_find(name, strlen(name));
	return (s->page.charset != CHARSET_UNKNOWN ? 0 : config_error_at(c,
	    "charset", e, "not a charset such as \"ISO-8859-1\""));
}

/* If the URL is in the record, its origin is in the source. */
static int
split_origin(struct source *s, struct err *e)
{
	size_t n = url_leads(s->url);

	if (n == 0)
		return (0);
	if (asprintf(&s->origin, "%.*s/", (int)n, s->url) == -1) {
		s->origin = NULL;
		return (err_nomem(e));
	}
	s->url = s->origin;
	return (0);
}

/* What is requested, and how it is read. */
static int
load_request(struct source *s, const struct config *c, struct err *e)
{
	static const char *const policies[] = { "error", "empty", NULL };
	int format = PAGE_AUTO, missing = 0;
	struct config vars;
	const char *key, *text;
	json_t *v;
	int rc;

	if (source_request_load(&s->request, c, e) == -1)
		return (-1);
	s->url = s->request.url;
	if (s->url == NULL)
		return (config_error_at(c, "url", e, "missing"));
	if (split_origin(s, e) == -1)
		return (-1);
	if (source_file_note(s, c, e) == -1)
		return (-1);
	rc = config_get_object(c, "vars", NULL, &vars, e);
	s->vars = rc > 0 ? vars.json : NULL;
	json_object_foreach((json_t *)(uintptr_t)s->vars, key, v)
		if (config_get_string(&vars, key, &text, e) == -1)
			return (-1);
	if (rc == -1 || load_first_request(s, c, e) == -1 ||
	    source_request_pairs(c, "headers", &s->headers, e) == -1 ||
	    load_places(s, c, e) == -1 ||
	    config_get_choice(c, "missing_records", policies, &missing, e) == -1
	    ||
	    config_get_choice(c, "format", spec_page_formats, &format, e) == -1)
		return (-1);
	s->idempotent = s->file == NULL && is_idempotent(&s->request) &&
	    is_idempotent(&s->first);
	s->page.records = s->records;
	s->page.places = s->places;
	s->page.missing_ok = missing == 1;
	s->page.format = (enum page_format)format;
	if (load_charset(s, c, e) == -1)
		return (-1);
	return (0);
}

/* With one request and one response per record, there is no walk. */
static int
load_each(struct source *s, const struct config *c, struct err *e)
{
	static const char *const walk[] = { "stable", "total", "unique",
		"max_pages", "max_records", NULL };
	const char *const *m;

	if (config_get_bool(c, "each", &s->each, e) == -1 ||
	    config_get_string(c, "into", &s->into, e) == -1)
		return (-1);
	if (!s->each)
		return (s->into == NULL ? 0 : config_error_at(c, "into", e,
		    "needs \"each\": true (--each)"));
	if (s->into != NULL && strcmp(s->into, "$nf") == 0)
		return (config_error_at(c, "into", e, "is the key of control "
		    "lines"));
	s->each_walks = s->window.step != 0 ||
	    (s->paginate.type != PAGINATE_AUTO &&
	    s->paginate.type != PAGINATE_NONE);
	for (m = walk; *m != NULL && (m == walk || !s->each_walks); m++)
		if (json_object_get(c->json, *m) != NULL)
			return (config_error_at(c, *m, e, "has no place where "
			    "each record is asked about (\"each\")"));
	if (s->each_walks)
		return (0);
	if (s->records == NULL && s->places == NULL)
		s->page.records = s->records = ptr_parse("", e);
	return (e->class == ERR_NONE ? 0 : -1);
}

static int
load_all(struct source *s, const struct config *c, struct err *e)
{
	static const char *const origins[] = { "any", "own", NULL };
	int require = REQUIRE_NOTHING, next_origin = 0;
	struct config paginate;

	if (config_object(c, members, e) == -1 || load_request(s, c, e) == -1 ||
	    source_read_paginate(c, &s->paginate, e) == -1 ||
	    source_read_window(c, &s->window, e) == -1 ||
	    source_read_auth(c, &s->auth, e) == -1 ||
	    source_read_timeouts(c, &s->timeouts, e) == -1 ||
	    source_login_load(c, &s->auth, e) == -1 ||
	    load_tls(s, c, e) == -1 ||
	    source_read_place(c, "total", &s->total, e) == -1 ||
	    source_read_ptr(c, "unique", &s->unique, e) == -1 ||
	    load_rates(s, c, e) == -1 ||
	    load_list(c, "allow_origins", &s->origins, e) == -1 ||
	    load_list(c, "not_more", &s->not_more, e) == -1 ||
	    load_statuses(s, c, e) == -1 ||
	    config_get_choice(c, "require_proof", spec_require_proofs,
	    &require, e) == -1 ||
	    config_get_choice(c, "next_origin", origins, &next_origin, e) ==
	    -1 ||
	    config_get_bool(c, "allow_http", &s->allow_http, e) == -1 ||
	    config_get_bool(c, "idempotent", &s->idempotent, e) == -1 ||
	    config_get_bool(c, "stable", &s->stable, e) == -1 ||
	    config_get_bool(c, "strict", &s->strict, e) == -1 ||
	    config_get_string(c, "since", &s->since, e) == -1 ||
	    config_get_number(c, "max_pages", 1, INT64_MAX, &s->max_pages, e) ==
	    -1
	    ||
	    config_get_number(c, "max_records", 1, INT64_MAX, &s->max_records,
	    e) == -1)
		return (-1);
	/* A repeated scroll request skips the response that was lost. */
	if (s->paginate.scroll &&
	    !json_is_true(json_object_get(c->json, "idempotent")))
		s->idempotent = false;
	s->require_proof = (enum require_proof)require;
	s->paginate.own_url = next_origin == 1 ? s->url : NULL;
	if (s->total.ptr == NULL && s->total.header == NULL &&
	    config_member(c, "paginate", &paginate) &&
	    source_read_place(&paginate, "total_records", &s->total, e) == -1)
		return (-1);
	if (load_each(s, c, e) == -1)
		return (-1);
	s->rules = rules_load(c, "responses", e);
	if (e->class != ERR_NONE)
		return (-1);
	if (s->file != NULL)
		return (source_file_check(s, c, e));
	if (source_vars_tighten(s, e) == -1 ||
	    check_source_url(s->url, c, e) == -1 ||
	    check_first_url(s, c, e) == -1 || check_headers(s, c, e) == -1 ||
	    check_origins(s, c, e) == -1 ||
	    source_vars_check(s, c, e) == -1 ||
	    source_login_check(s, c, e) == -1)
		return (-1);
	return (choose_param(s, c, e));
}

int
source_load(struct source *s, json_t *doc, struct err *e)
{
	static const struct config_file file = { .code = "bad_source" };
	const struct config c = { .json = doc, .file = &file };

	memset(s, 0, sizeof(*s));
	s->doc = doc;
	s->max_pages = s->max_records = UINT64_MAX;
	if (!json_is_object(doc))
		return (config_error(&c, e, "the source is not an object"));
	return (load_all(s, &c, e));
}

void
source_free(struct source *s)
{

	source_request_free(&s->request);
	source_request_free(&s->first);
	source_login_free(&s->auth);
	free(s->file);
	zone_free(s->window.zone);
	free(s->headers.item);
	free(s->origin);
	free(s->rates);
	free(s->origins.item);
	free(s->not_more.item);
	rules_free(s->rules);
	ptr_free(s->records);
	places_free(s->places);
	ptr_free(s->total.ptr);
	ptr_free(s->unique);
	ptr_free(s->paginate.from);
	ptr_free(s->paginate.total_pages.ptr);
	ptr_free(s->paginate.more);
	ptr_free(s->paginate.end);
	ptr_free(s->paginate.end_same);
	free(s->paginate.end_equals);
	free(s->paginate.first);
	json_decref(s->doc);
	memset(s, 0, sizeof(*s));
}

bool
source_empty_on(const struct source *s, int status)
{
	size_t i;

	for (i = 0; i < s->nempty_on; i++)
		if (s->empty_on[i] == status)
			return (true);
	return (false);
}

/* Hide the secrets of ${doc}, a source or its "first_request".  0 or -1. */
static int
redact_request(json_t *doc)
{
	const char *text = json_string_value(json_object_get(doc, "url"));
	struct buf url;
	int rc = -1;

	buf_init(&url, MAX_SHOWN);
	if (text != NULL)
		redact_url(text, &url);
	if ((text == NULL || (buf_cstr(&url) != NULL && json_object_set_new(
	    doc, "url", json_string((const char *)url.data)) == 0)) &&
	    redact_members(json_object_get(doc, "query")) == 0 &&
	    redact_members(json_object_get(json_object_get(doc, "body"),
	    "form")) == 0)
		rc = 0;
	buf_free(&url);
	return (rc);
}

/* A copy of the source without secrets; NULL: no memory. */
static json_t *
public_copy(const struct source *s)
{
	json_t *doc = json_deep_copy(s->doc);

	/* jansson does not report that it left out members. */
	if (doc != NULL && json_equal(doc, s->doc) &&
	    redact_request(doc) == 0 &&
	    redact_request(json_object_get(doc, "first_request")) == 0 &&
	    redact_request(json_object_get(json_object_get(doc, "auth"),
	    "request")) == 0 &&
	    redact_members(json_object_get(doc, "vars")) == 0)
		return (doc);
	json_decref(doc);
	return (NULL);
}

char *
source_text(const struct source *s)
{
	struct err e = { 0 };
	json_t *doc = public_copy(s);
	char *text = doc == NULL ? NULL : jload_text(doc, JSON_INDENT(2) |
	    JSON_REAL_PRECISION(DBL_DIG), &e);

	json_decref(doc);
	return (text);
}

/* Its cursor decides where to continue, not what comes. */
static int
leave_out_cursor(json_t *part)
{
	json_t *p = json_object_get(part, "paginate"), *copy;
	const char *cursor = json_string_value(json_object_get(p, "cursor"));

	/* The result of a scroll depends on those before. */
	if (cursor == NULL || strcmp(cursor, "scroll") == 0)
		return (0);
	copy = json_copy(p);
	if (copy == NULL)
		return (-1);
	(void)json_object_del(copy, "cursor");
	return (json_object_set_new(part, "paginate", copy));
}

/*
 * The members that decide which records come, as text; NULL: no memory.
 * Everything that the source itself contains is a part of it, whatever its
 * name; secrets are stored elsewhere.
 */
static char *
hashed_text(const struct source *s, struct err *e)
{
	json_t *part = json_object(), *v;
	const char *const *m;
	char *text = NULL;
	bool bad = part == NULL;

	for (m = hashed; !bad && *m != NULL; m++) {
		v = json_object_get(s->doc, *m);
		bad = v != NULL && json_object_set(part, *m, v) == -1;
	}
	if (!bad)
		bad = leave_out_cursor(part) == -1;
	if (!bad)
		text = jload_text(part, JSON_COMPACT | JSON_SORT_KEYS, e);
	json_decref(part);
	return (text);
}

int
source_hash(const struct source *s, char hex[SHA256_HEX], struct err *e)
{
	char *text = hashed_text(s, e);
	struct sha256 *h = sha256_new(e);
	int rc = -1;

	if (text != NULL && h != NULL) {
		sha256_update(h, text, strlen(text));
		rc = sha256_end(h, hex, e);
	}
	sha256_free(h);
	free(text);
	return (rc == 0 ? 0 : err_nomem(e));
}
