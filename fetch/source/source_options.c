/* SPDX-License-Identifier: Apache-2.0 */
#include "source_options.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/options.h"
#include "fetch/page.h"
#include "fetch/paginate.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/number.h"
#include "lib/base/utf8.h"
#include "lib/json/jload.h"
#include "lib/json/scan.h"
#include "secret.h"

#define MAX_FILE (4U << 20)

/* The source as it becomes. */
struct draft {
	json_t *doc;
	bool failed;   /* something is missing: no memory */
	bool not_utf8; /* a text is none */
};

/* Set member ${key} to ${v}, which is taken over. */
static void
put(struct draft *d, json_t *obj, const char *key, size_t len, json_t *v)
{

	if (json_object_setn_new(obj, key, len, v))
		d->failed = true;
}

static json_t *
text(struct draft *d, const char *v)
{

	d->not_utf8 = d->not_utf8 || !utf8_valid(v, strlen(v));
	return (json_string(v));
}

/* Set member ${key} to a text or a number, if there is one. */
static void
set_text(struct draft *d, json_t *obj, const char *key, const char *v)
{

	if (v != NULL)
		put(d, obj, key, strlen(key), text(d, v));
}

static void
set_number(struct draft *d, json_t *obj, const char *key, uint64_t v)
{

	if (v != OPTIONS_UNSET)
		put(d, obj, key, strlen(key), json_integer((json_int_t)v));
}

static void
set_true(struct draft *d, const char *key, bool v)
{

	if (v)
		put(d, d->doc, key, strlen(key), json_true());
}

/* The object at ${key}, made if it is not there. */
static json_t *
sub(struct draft *d, const char *key)
{
	json_t *obj = json_object_get(d->doc, key);

	if (!json_is_object(obj)) {
		put(d, d->doc, key, strlen(key), json_object());
		obj = json_object_get(d->doc, key);
	}
	return (obj);
}

/* Add "NAME<sep>VALUE" texts to the object at ${key}. */
static int
set_pairs(struct draft *d, const char *key, const struct opt_list *l, char sep,
    const char *option, struct err *e)
{
	const char *p, *v;
	size_t i;

	for (i = 0; i < l->n; i++) {
		p = strchr(l->item[i], sep);
		if (p == NULL || p == l->item[i])
			return (err_set(e, ERR_USAGE, "--%s: not \"%s\"",
			    option, sep == ':' ? "Name: value" :
			    "NAME=VALUE"));
		for (v = p + 1; sep == ':' && (*v == ' ' || *v == '\t'); v++)
			;
		d->not_utf8 = d->not_utf8 ||
		    !utf8_valid(l->item[i], (size_t)(p - l->item[i]));
		put(d, sub(d, key), l->item[i], (size_t)(p - l->item[i]),
		    text(d, v));
	}
	return (0);
}

static void
set_list(struct draft *d, const char *key, const struct opt_list *l)
{
	size_t i;

	if (l->n > 0 && !json_is_array(json_object_get(d->doc, key)))
		put(d, d->doc, key, strlen(key), json_array());
	for (i = 0; i < l->n; i++)
		if (json_array_append_new(json_object_get(d->doc, key),
		    text(d, l->item[i])))
			d->failed = true;
}

/* The paginator, if an option speaks of one. */
static int
set_paginate(const struct options *o, struct draft *d, struct err *e)
{
	json_t *more = json_object(), *p;

	set_text(d, more, "param", o->page_param);
	set_number(d, more, "start", o->page_start);
	set_text(d, more, "size_param", o->page_size_param);
	set_number(d, more, "size", o->page_size);
	set_text(d, more, "from", o->next);
	set_text(d, more, "from_header", o->next_header);
	set_text(d, more, "total_pages", o->total_pages);
	set_text(d, more, "total_records", o->total_records);
	if (o->stop_short)
		set_text(d, more, "stop", "short");
	if (o->paginate != PAGINATE_AUTO) {
		/* Another way than the file's: nothing of that is left. */
		p = json_object_get(json_object_get(d->doc, "paginate"),
		    "type");
		if (!json_is_string(p) || strcmp(json_string_value(p),
		    paginate_types[o->paginate]) != 0)
			(void)json_object_del(d->doc, "paginate");
		set_text(d, sub(d, "paginate"), "type",
		    paginate_types[o->paginate]);
	}
	if (json_object_size(more) > 0 &&
	    json_object_get(d->doc, "paginate") == NULL) {
		json_decref(more);
		return (err_set(e, ERR_USAGE, "options about pages need "
		    "--paginate"));
	}
	if (more == NULL || (json_object_size(more) > 0 &&
	    json_object_update(sub(d, "paginate"), more)))
		d->failed = true;
	json_decref(more);
	return (0);
}

/* "NAME=SECRET" of --api-key. */
static int
set_key(struct draft *d, json_t *auth, const char *where, const char *arg,
    struct err *e)
{
	const char *eq = strchr(arg, '=');

	if (eq == NULL || eq == arg)
		return (err_set(e, ERR_USAGE, where[0] == 'h' ?
		    "--api-key: not \"HEADER=SECRET\"" :
		    "--api-key-query: not \"NAME=SECRET\""));
	d->not_utf8 = d->not_utf8 || !utf8_valid(arg, (size_t)(eq - arg));
	put(d, auth, where, strlen(where),
	    json_stringn(arg, (size_t)(eq - arg)));
	set_text(d, auth, "key", eq + 1);
	return (0);
}

static int
set_auth(const struct options *o, struct draft *d, struct err *e)
{
	json_t *auth = json_object();
	int n = 0, rc = 0;

	if (o->bearer != NULL && ++n) {
		set_text(d, auth, "type", "bearer");
		set_text(d, auth, "token", o->bearer);
	}
	if (o->basic != NULL && ++n) {
		set_text(d, auth, "type", "basic");
		set_text(d, auth, "user", o->basic);
	}
	if (o->api_key != NULL && ++n) {
		set_text(d, auth, "type", "api_key");
		rc = set_key(d, auth, "header", o->api_key, e);
	}
	if (rc == 0 && o->api_key_query != NULL && ++n) {
		set_text(d, auth, "type", "api_key");
		rc = set_key(d, auth, "query", o->api_key_query, e);
	}
	if (o->google_id != NULL && ++n) {
		set_text(d, auth, "type", "google_id");
		set_text(d, auth, "audience", o->google_id);
	}
	if (rc == 0 && n > 1)
		rc = err_set(e, ERR_USAGE, "--bearer, --basic, --api-key, "
		    "--api-key-query and --google-id exclude each other");
	if (n > 0 && json_object_set(d->doc, "auth", auth))
		d->failed = true;
	json_decref(auth);
	return (rc);
}

/* Is the number at ${p} the same once it was a double?  Integers are none. */
static bool
kept(const char *p, size_t n)
{
	const char *end = p + n;
	int digits = 0, zeros = 0;
	double v;

	if (memchr(p, '.', n) == NULL && memchr(p, 'e', n) == NULL &&
	    memchr(p, 'E', n) == NULL)
		return (true);
	if (number_real(p, n, &v) == -1)
		return (false);
	for (; p < end && *p != 'e' && *p != 'E'; p++) {
		if (*p == '0') {
			zeros += digits > 0;
		} else if (*p >= '1' && *p <= '9') {
			digits += zeros + 1;
			zeros = 0;
		}
	}
	return (digits == 0 || (digits <= DBL_DIG && isnormal(v)));
}

/* The first number in ${text}, which is JSON, that is not; or NULL. */
static const uint8_t *
first_lost(struct buf *text, struct err *e)
{
	const uint8_t *lost = NULL;
	struct scan s;
	uint32_t i;

	scan_init(&s);
	if (buf_cstr(text) == NULL)
		err_nomem(e);
	else if (scan_text(&s, text->data, text->len, e) == 0)
		for (i = 0; lost == NULL && i < s.ntok; i++)
			if (s.tok[i].kind == SCAN_NUMBER &&
			    !kept((const char *)scan_ptr(&s, i),
			    scan_len(&s, i)))
				lost = scan_ptr(&s, i);
	scan_free(&s);
	return (lost);
}

/*
 * As jload_bytes; NULL as well if a number in ${text} would not be sent as
 * it is written.
 */
static json_t *
load(struct buf *text, size_t flags, json_error_t *why, struct err *e)
{
	json_t *doc = jload_bytes(text->data, text->len, flags, why, e);
	const uint8_t *lost, *p;

	lost = doc == NULL ? NULL : first_lost(text, e);
	if (lost == NULL && e->class == ERR_NONE)
		return (doc);
	json_decref(doc);
	if (lost == NULL)
		return (NULL);
	why->line = why->column = 1;
	for (p = text->data; p < lost; p++) {
		why->column = *p == '\n' ? 1 : why->column + 1;
		why->line += *p == '\n';
	}
	snprintf(why->text, sizeof(why->text), "a number of over %d "
	    "digits, or too small: write it as a text", DBL_DIG);
	return (NULL);
}

/* The body of --data. */
static int
set_data(const struct options *o, struct draft *d, struct err *e)
{
	json_error_t why;
	struct buf b;
	json_t *body, *made;

	if (o->data == NULL)
		return (0);
	buf_init(&b, 2 * MAX_FILE);
	if (o->data[0] == '@' ? io_slurp(o->data + 1, MAX_FILE, &b, e) :
	    buf_puts(&b, o->data)) {
		buf_free(&b);
		return (err_set(e, ERR_USAGE, "--data: too long"));
	}
	body = load(&b, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why, e);
	buf_free(&b);
	if (body == NULL)
		return (e->class != ERR_NONE ? -1 : err_set(e, ERR_USAGE,
		    "--data: line %d, column %d: %s", why.line, why.column,
		    why.text));
	made = json_object();
	put(d, made, "json", 4, body);
	put(d, d->doc, "body", 4, made);
	return (0);
}

static void
set_windows(const struct options *o, struct draft *d)
{

	if (o->from == NULL && o->to == NULL && o->step == NULL &&
	    o->date_format == NULL)
		return;
	set_text(d, sub(d, "window"), "from", o->from);
	set_text(d, sub(d, "window"), "to", o->to);
	set_text(d, sub(d, "window"), "step", o->step);
	set_text(d, sub(d, "window"), "format", o->date_format);
}

static int
set_all(const struct options *o, struct draft *d, struct err *e)
{

	set_text(d, d->doc, "records", o->records);
	if (o->missing_ok)
		set_text(d, d->doc, "missing_records", "empty");
	if (o->format != PAGE_AUTO)
		set_text(d, d->doc, "format", page_formats[o->format]);
	set_text(d, d->doc, "total", o->total);
	set_text(d, d->doc, "unique", o->unique);
	set_number(d, d->doc, "max_pages", o->max_pages);
	set_number(d, d->doc, "max_records", o->max_records);
	set_true(d, "each", o->each);
	set_text(d, d->doc, "into", o->into);
	set_true(d, "stable", o->stable);
	set_true(d, "idempotent", o->idempotent);
	set_true(d, "allow_http", o->allow_http);
	set_list(d, "rate", &o->rates);
	set_list(d, "allow_origins", &o->origins);
	if (o->ca != NULL || o->cert != NULL || o->key != NULL) {
		set_text(d, sub(d, "tls"), "ca", o->ca);
		set_text(d, sub(d, "tls"), "cert", o->cert);
		set_text(d, sub(d, "tls"), "key", o->key);
	}
	set_windows(o, d);
	if (set_pairs(d, "headers", &o->headers, ':', "header", e) ||
	    set_pairs(d, "query", &o->query, '=', "query", e) ||
	    set_pairs(d, "vars", &o->vars, '=', "var", e) ||
	    set_data(o, d, e) || set_auth(o, d, e))
		return (-1);
	return (set_paginate(o, d, e));
}

/* The source file. */
static json_t *
read_file(const char *path, struct err *e)
{
	json_error_t why;
	struct buf b;
	json_t *doc = NULL;

	buf_init(&b, 2 * MAX_FILE);
	if (io_slurp(path, MAX_FILE, &b, e) == 0) {
		doc = load(&b, JSON_REJECT_DUPLICATES, &why, e);
		if (doc == NULL && e->class == ERR_NONE) {
			err_set_code(e, ERR_CONFIG, "bad_source", "%s: line "
			    "%d, column %d: %s", path, why.line, why.column,
			    why.text);
		} else if (doc != NULL && !json_is_object(doc)) {
			err_set_code(e, ERR_CONFIG, "bad_source", "%s: no "
			    "object", path);
			json_decref(doc);
			doc = NULL;
		}
	}
	buf_free(&b);
	return (doc);
}

/* The end of ${d}: what it holds if nothing was wrong, ${rc}, else NULL. */
static json_t *
finish(struct draft *d, int rc, struct err *e)
{

	if (rc == 0 && d->not_utf8)
		rc = err_set(e, ERR_USAGE, "an option or the URL is not "
		    "UTF-8");
	if (rc == 0 && d->failed)
		rc = err_nomem(e);
	if (rc == 0)
		return (d->doc);
	json_decref(d->doc);
	return (NULL);
}

/* The source file, or an empty source, with ${url} over it. */
static int
begin(struct draft *d, const char *path, const char *url, struct err *e)
{

	memset(d, 0, sizeof(*d));
	d->doc = path != NULL ? read_file(path, e) : json_object();
	if (d->doc == NULL)
		return (err_or_nomem(e));
	set_text(d, d->doc, "url", url);
	return (0);
}

json_t *
source_options_file(const char *path, const char *url, struct err *e)
{
	struct draft d;

	return (begin(&d, path, url, e) ? NULL : finish(&d, 0, e));
}

json_t *
source_options_source(const struct options *o, const char *url, struct err *e)
{
	struct draft d;

	if (begin(&d, o->file, url, e))
		return (NULL);
	return (finish(&d, set_all(o, &d, e), e));
}
