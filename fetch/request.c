/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch/source/redact.h"
#include "fetch/source/source_vars.h"
#include "fetch/source/spec.h"
#include "fetch/source/template.h"
#include "fetch/source/url.h"
#include "field.h"
#include "lib/base/err.h"
#include "lib/base/percent.h"
#include "lib/base/secret.h"
#include "lib/base/utf8.h"
#include "lib/http/http.h"
#include "lib/json/jload.h"
#include "origin.h"
#include "paginate.h"

#define MAX_URL (64U * 1024)
#define MAX_BODY (4U << 20)
#define MAX_DEPTH 64
#define RAW_CURSOR "\x01{cursor}\x01"   /* JSON's place, in a text and */
#define RAW_TEXT "\"\\u0001{cursor}\\u0001\"" /* in its JSON */
#define ACCEPT "Accept: application/json, application/x-ndjson;q=0.9, */*;q=0.1"

void
request_init(struct request *r)
{

	memset(r, 0, sizeof(*r));
	buf_init_secret(&r->url, MAX_URL);
	buf_init_secret(&r->head, MAX_URL);
	buf_init(&r->body, MAX_BODY);
}

void
request_free(struct request *r)
{

	buf_free(&r->url);
	buf_free(&r->head);
	buf_free(&r->body);
}

static int
get_env(const char *name, size_t n, bool hide, struct buf *out,
    struct err *e)
{
	char key[256];
	const char *v;

	if (n >= sizeof(key))
		return (err_set(e, ERR_CONFIG, "variable {env...}: too long"));
	memcpy(key, name, n);
	key[n] = '\0';
	v = getenv(key + strlen("env."));
	if (v == NULL)
		return (err_set(e, ERR_CONFIG, "{%s}: not set", key));
	buf_puts(out, hide ? REDACT_MASK : v);
	return (1);
}

/* The value of variable ${name} now: 1, 0 if it has none, or -1. */
static int
get_var(void *arg, const char *name, size_t n, struct buf *out,
    struct err *e)
{
	const struct request_vars *v = arg;
	const char *text = NULL;

	switch (source_vars_find(v->source, name, n)) {
	case VAR_NUMBER:
		buf_u64(out, v->pos->number);
		return (1);
	case VAR_SIZE:
		buf_u64(out, v->source->paginate.size);
		return (1);
	case VAR_OFFSET_END:
		buf_u64(out, v->pos->number + v->source->paginate.size - 1);
		return (1);
	case VAR_CURSOR:
		buf_append(out, v->pos->text.data, v->pos->text.len);
		return (v->pos->text.len > 0);
	case VAR_FIELD:
		return (field_text(v->record, name, n, out, e) == -1 ? -1 : 1);
	case VAR_ENV:
		return (get_env(name, n, v->hide, out, e));
	case VAR_FROM:
		text = v->from;
		break;
	case VAR_TO:
		text = v->to;
		break;
	case VAR_UNTIL:
		text = v->until;
		break;
	case VAR_OWN:
		text = source_vars_own(v->source, name, n);
		break;
	case VAR_UNKNOWN:
		break;
	}
	if (text == NULL)
		return (err_set(e, ERR_CONFIG, "no variable {%.*s}", (int)n,
		    name));
	buf_puts(out, text);
	return (1);
}

/* The request at this position. */
static const struct source_request *
choose_request(const struct request_vars *v)
{
	const struct source *s = v->source;

	return (v->pos->first && s->first.url != NULL ? &s->first :
	    &s->request);
}

/*
 * Expand ${text} into ${out}.  Return 1; 0 if it is a single variable without
 * a value now, so that its parameter is left out; -1.
 */
static int
expand_value(const char *text, struct request_vars *v, struct buf *out,
    struct err *e)
{
	const struct template_vars vars = { get_var, v };
	const char *name;
	size_t n;
	int rc;

	if (template_single(text, &name, &n))
		rc = get_var(v, name, n, out, e);
	else
		rc = template_expand(text, TEMPLATE_PLAIN, &vars, out, e) ? -1 :
		    1;
	return (rc > 0 && buf_fits(out, ERR_CONFIG, "a value", e) == -1 ? -1 :
	    rc);
}

/* The URL in the record, at the source's origin. */
static int
resolve_field(const char *name, size_t n, struct request_vars *v,
    struct buf *out, struct err *e)
{
	const char *own = v->source->paginate.own_url;
	struct buf value, to;
	int rc;

	buf_init(&value, MAX_URL);
	buf_init(&to, MAX_URL);
	rc = get_var(v, name, n, &value, e) == -1 ? -1 : 0;
	if (rc == 0)
		rc = url_resolve(v->source->url, (const char *)value.data,
		    value.len, &to, e);
	if (rc == 0 && buf_cstr(&to) == NULL)
		rc = err_nomem(e);
	if (rc == 0 && own != NULL)
		url_rebase((const char *)to.data, own, out);
	else if (rc == 0)
		buf_append(out, to.data, to.len);
	buf_free(&value);
	buf_free(&to);
	return (rc);
}

static int
expand_url(const char *url, struct request_vars *v, struct buf *out,
    struct err *e)
{
	const struct template_vars vars = { get_var, v };
	const char *name;
	size_t n;

	if (url_leads(url) > 0 &&
	    template_single(url + url_leads(url), &name, &n))
		return (resolve_field(name, n, v, out, e));
	return (template_expand(url, TEMPLATE_PERCENT, &vars, out, e));
}

/* The URL of the source with its query, in ${out}. */
static int
build_base(struct request_vars *v, struct buf *out, struct err *e)
{
	const struct source_request *q = choose_request(v);
	struct buf value, old;
	size_t i;
	int rc;

	if (expand_url(q->url, v, out, e) == -1)
		return (-1);
	buf_init(&value, MAX_URL);
	for (i = 0, rc = 1; i < q->query.n && rc >= 0; i++) {
		buf_reset(&value);
		rc = expand_value(q->query.item[i].value, v, &value, e);
		if (rc <= 0)
			continue;
		if (buf_cstr(out) == NULL)
			break; /* reported below */
		old = *out;
		buf_init(out, old.max);
		url_add_param((const char *)old.data, q->query.item[i].name,
		    value.len > 0 ? (const void *)value.data : "", value.len,
		    out);
		buf_free(&old);
	}
	buf_free(&value);
	return (rc < 0 ? -1 : buf_fits(out, ERR_CONFIG, "the URL", e));
}

static int
build_url(struct request *r, struct request_vars *v, struct err *e)
{
	struct buf base;
	const char *text;
	int rc = -1;

	if (v->source->file != NULL)
		return (buf_puts(&r->url, v->source->url) == -1 ||
		    buf_cstr(&r->url) == NULL ? err_nomem(e) : 0);
	buf_init(&base, MAX_URL);
	if (build_base(v, &base, e) == 0) {
		text = buf_cstr(&base);
		if (text == NULL)
			err_nomem(e);
		else
			rc = paginate_url(&v->source->paginate, v->pos, text,
			    &r->url, e);
	}
	buf_free(&base);
	if (rc == 0 && buf_cstr(&r->url) == NULL)
		rc = buf_fits(&r->url, ERR_CONFIG, "the URL", e);
	if (rc == -1 || url_check((const char *)r->url.data, e) == 0)
		return (rc);
	if (url_leads(choose_request(v)->url) > 0)
		e->class = ERR_DATA; /* it is in the record */
	return (err_prefix(e, "URL"));
}

static void
add_head_line(struct request *r, const char *line)
{

	buf_append(&r->head, line, strlen(line) + 1);
}

static int
build_headers(struct request *r, struct request_vars *v, struct err *e)
{
	const struct source_pairs *h = &v->source->headers;
	bool accept = false, type = false;
	struct buf value;
	size_t i;
	int rc = 0;

	buf_init_secret(&value, SECRET_MAX);
	for (i = 0; r->own && i < h->n && rc >= 0; i++) {
		buf_reset(&value);
		rc = expand_value(h->item[i].value, v, &value, e);
		if (rc <= 0)
			continue;
		/* http_start checks the other line ends. */
		if (value.len > 0 && memchr(value.data, '\0', value.len))
			rc = err_set(e, ERR_CONFIG, "header %s: its value has "
			    "a NUL", h->item[i].name);
		accept |= strcasecmp(h->item[i].name, "accept") == 0;
		type |= strcasecmp(h->item[i].name, "content-type") == 0;
		buf_puts(&r->head, h->item[i].name);
		buf_puts(&r->head, ": ");
		buf_append(&r->head, value.data, value.len);
		buf_putc(&r->head, '\0');
	}
	buf_free(&value);
	if (!accept)
		add_head_line(r, ACCEPT);
	if (r->has_body && !type)
		add_head_line(r, choose_request(v)->body_json != NULL ?
		    "Content-Type: application/json" :
		    "Content-Type: application/x-www-form-urlencoded");
	return (rc < 0 ? -1 : buf_fits(&r->head, ERR_CONFIG, "the header", e));
}

static int build_json(const json_t *j, struct request_vars *v, int depth,
    json_t **out, struct err *e);

/* ${text} of the body is a single numeric variable: its number. */
static json_t *
build_number(const char *text, const struct request_vars *v)
{
	const char *name;
	size_t n;

	if (!template_single(text, &name, &n))
		return (NULL);
	switch (source_vars_find(v->source, name, n)) {
	case VAR_NUMBER:
		return (json_integer((json_int_t)v->pos->number));
	case VAR_SIZE:
		return (json_integer((json_int_t)v->source->paginate.size));
	case VAR_OFFSET_END:
		return (json_integer((json_int_t)(v->pos->number +
		    v->source->paginate.size - 1)));
	case VAR_CURSOR: /* jansson would not keep its digits */
		return (v->pos->json ? json_string(RAW_CURSOR) : NULL);
	default:
		return (NULL);
	}
}

/*
 * A text of the body: {page}, {offset}, {offset_end} and {size} alone become
 * numbers, and {cursor} keeps the API's type.
 */
static int
build_text(const char *text, struct request_vars *v, json_t **out,
    struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, MAX_BODY);
	rc = expand_value(text, v, &b, e);
	if (rc == 1 && (*out = build_number(text, v)) == NULL)
		*out = json_stringn(b.len > 0 ? (const char *)b.data : "",
		    b.len);
	if (rc == 1 && *out == NULL)
		rc = utf8_valid(b.data, b.len) ? err_nomem(e) :
		    err_set(e, ERR_CONFIG, "body: a value is not UTF-8");
	buf_free(&b);
	return (rc == -1 ? -1 : 0);
}

static int
build_members(const json_t *j, struct request_vars *v, int depth, json_t *to,
    struct err *e)
{
	const char *key;
	json_t *from, *made;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)j, key, from) {
		made = NULL;
		if (build_json(from, v, depth + 1, &made, e) == -1)
			return (-1);
		if (made != NULL && json_object_set_new(to, key, made) == -1)
			return (err_nomem(e));
	}
	for (i = 0; i < json_array_size(j); i++) {
		made = NULL;
		if (build_json(json_array_get(j, i), v, depth + 1, &made, e) ==
		    -1)
			return (-1);
		if (made != NULL && json_array_append_new(to, made) == -1)
			return (err_nomem(e));
	}
	return (0);
}

/* Set ${out} to ${j} with variables replaced; NULL: leave it out. */
static int
build_json(const json_t *j, struct request_vars *v, int depth, json_t **out,
    struct err *e)
{

	if (depth > MAX_DEPTH)
		return (err_set(e, ERR_CONFIG, "body: nested too deeply"));
	if (json_is_string(j))
		return (build_text(json_string_value(j), v, out, e));
	if (!json_is_object(j) && !json_is_array(j)) {
		*out = json_incref((json_t *)(uintptr_t)j);
		return (0);
	}
	*out = json_is_object(j) ? json_object() : json_array();
	if (*out == NULL)
		return (err_nomem(e));
	if (build_members(j, v, depth, *out, e) == -1) {
		json_decref(*out);
		*out = NULL;
		return (-1);
	}
	return (0);
}

static int
build_form(struct request *r, struct request_vars *v, struct err *e)
{
	const struct source_pairs *f = &choose_request(v)->body_form;
	struct buf value;
	size_t i;
	int rc = 1;

	buf_init(&value, MAX_BODY);
	for (i = 0; i < f->n && rc >= 0; i++) {
		buf_reset(&value);
		rc = expand_value(f->item[i].value, v, &value, e);
		if (rc <= 0)
			continue;
		if (r->body.len > 0)
			buf_putc(&r->body, '&');
		percent_encode(&r->body, f->item[i].name,
		    strlen(f->item[i].name));
		buf_putc(&r->body, '=');
		percent_encode(&r->body, value.data, value.len);
	}
	buf_free(&value);
	return (rc < 0 ? -1 : buf_fits(&r->body, ERR_CONFIG, "the body", e));
}

/* Append ${text}, the JSON of the body, with the cursor inserted. */
static void
put_cursor(struct request *r, const struct buf *cursor, const char *text)
{
	const char *at;

	while ((at = strstr(text, RAW_TEXT)) != NULL) {
		buf_append(&r->body, text, (size_t)(at - text));
		buf_append(&r->body, cursor->data, cursor->len);
		text = at + strlen(RAW_TEXT);
	}
	buf_puts(&r->body, text);
}

static int
build_body(struct request *r, struct request_vars *v, struct err *e)
{
	const struct source_request *q = choose_request(v);
	json_t *made = NULL;
	char *text;

	r->has_body = q->body_json != NULL || q->body_form.n > 0;
	if (q->body_json == NULL)
		return (build_form(r, v, e));
	if (build_json(q->body_json, v, 0, &made, e) == -1)
		return (-1);
	/* The digits that a double always keeps; see source_options.c. */
	text = jload_text(made, JSON_COMPACT | JSON_ENCODE_ANY |
	    JSON_REAL_PRECISION(DBL_DIG), e);
	json_decref(made);
	if (text == NULL)
		return (-1);
	put_cursor(r, &v->pos->text, text);
	free(text);
	return (buf_fits(&r->body, ERR_CONFIG, "the body", e));
}

static int
build_parts(struct request *r, struct request_vars *v, struct err *e)
{

	if (build_url(r, v, e) == -1)
		return (-1);
	if (v->source->file != NULL) {
		r->method = "READ"; /* for --dry-run */
		return (0);
	}
	if (origin_check(v->source,
	    (const char *)r->url.data, &r->own, e) == -1)
		return (-1);
	if (r->own && build_body(r, v, e) == -1)
		return (-1);
	if (!r->own)
		r->method = "GET";
	return (build_headers(r, v, e));
}

int
request_build(struct request *r, const struct request_vars *vars,
    struct err *e)
{
	struct request_vars v = *vars;

	buf_reset(&r->url);
	buf_reset(&r->head);
	buf_reset(&r->body);
	r->has_body = false;
	r->method = choose_request(&v)->method;
	if (build_parts(r, &v, e) == 0)
		return (0);
	/* A bad next page of the API is not the user's mistake. */
	if (!v.pos->first && v.pos->text.len > 0 && e->class == ERR_CONFIG)
		e->class = ERR_DATA;
	return (-1);
}

int
request_copy(struct request *to, const struct request *from, struct err *e)
{

	buf_reset(&to->url);
	buf_reset(&to->head);
	buf_reset(&to->body);
	to->method = from->method;
	to->has_body = from->has_body;
	to->own = from->own;
	buf_append(&to->url, from->url.data, from->url.len);
	buf_append(&to->head, from->head.data, from->head.len);
	buf_append(&to->body, from->body.data, from->body.len);
	return (to->url.failed || to->head.failed || to->body.failed ?
	    err_nomem(e) : 0);
}

void
request_get(struct request *r)
{

	r->method = "GET";
	r->has_body = false;
	buf_reset(&r->body);
}

void
request_strip(struct request *r)
{

	request_get(r);
	r->own = false;
	buf_reset(&r->head);
	add_head_line(r, ACCEPT);
}

int
request_lines(const struct request *r, const char *lines[REQUEST_HEADERS + 1],
    struct err *e)
{
	const char *p = (const char *)r->head.data, *end = p + r->head.len;
	size_t n = 0;

	for (; p < end && n < REQUEST_HEADERS; p += strlen(p) + 1)
		lines[n++] = p;
	lines[n] = NULL;
	return (p == end ? 0 : err_set(e, ERR_CONFIG, "over %d headers",
	    REQUEST_HEADERS));
}

void
request_show(const struct request *r, struct buf *out)
{
	const char *p = (const char *)r->head.data, *end = p + r->head.len;

	buf_printf(out, "%s ", r->method);
	redact_url((const char *)r->url.data, out);
	buf_putc(out, '\n');
	for (; p != NULL && p < end; p += strlen(p) + 1) {
		redact_header(p, out);
		buf_putc(out, '\n');
	}
	if (r->has_body) {
		buf_putc(out, '\n');
		buf_append(out, r->body.data, r->body.len);
		buf_putc(out, '\n');
	}
}
