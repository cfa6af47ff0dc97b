/* SPDX-License-Identifier: Apache-2.0 */
#include "overlay.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/io.h"
#include "options.h"
#include "page.h"
#include "paginate.h"
#include "secret.h"

#define MAX_FILE (4U << 20)

/* Set member ${key} to a text or a number, if there is one. */
static void
set_text(json_t *obj, const char *key, const char *v)
{

	if (v != NULL)
		(void)json_object_set_new(obj, key, json_string(v));
}

static void
set_number(json_t *obj, const char *key, uint64_t v)
{

	if (v != OPTIONS_UNSET)
		(void)json_object_set_new(obj, key,
		    json_integer((json_int_t)v));
}

static void
set_true(json_t *obj, const char *key, bool v)
{

	if (v)
		(void)json_object_set_new(obj, key, json_true());
}

/* The object at ${key}, made if it is not there. */
static json_t *
sub(json_t *doc, const char *key)
{
	json_t *obj = json_object_get(doc, key);

	if (json_is_object(obj))
		return (obj);
	obj = json_object();
	(void)json_object_set_new(doc, key, obj);
	return (obj);
}

/* Add "NAME<sep>VALUE" texts to the object at ${key}. */
static int
set_pairs(json_t *doc, const char *key, const struct opt_list *l, char sep,
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
		(void)json_object_setn_new(sub(doc, key), l->item[i],
		    (size_t)(p - l->item[i]), json_string(v));
	}
	return (0);
}

static void
set_list(json_t *doc, const char *key, const struct opt_list *l)
{
	json_t *array = json_object_get(doc, key);
	size_t i;

	if (l->n > 0 && !json_is_array(array)) {
		array = json_array();
		(void)json_object_set_new(doc, key, array);
	}
	for (i = 0; i < l->n; i++)
		(void)json_array_append_new(array, json_string(l->item[i]));
}

/* The paginator, if an option speaks of one. */
static int
set_paginate(const struct options *o, json_t *doc, struct err *e)
{
	json_t *more = json_object(), *p;

	set_text(more, "param", o->page_param);
	set_number(more, "start", o->page_start);
	set_text(more, "size_param", o->page_size_param);
	set_number(more, "size", o->page_size);
	set_text(more, "from", o->next);
	set_text(more, "from_header", o->next_header);
	set_text(more, "total_pages", o->total_pages);
	set_text(more, "total_records", o->total_records);
	if (o->stop_short)
		set_text(more, "stop", "short");
	if (o->paginate != PAGINATE_AUTO) {
		/* Another way than the file's: nothing of that is left. */
		p = json_object_get(json_object_get(doc, "paginate"), "type");
		if (!json_is_string(p) || strcmp(json_string_value(p),
		    paginate_types[o->paginate]) != 0)
			(void)json_object_del(doc, "paginate");
		set_text(sub(doc, "paginate"), "type",
		    paginate_types[o->paginate]);
	}
	if (json_object_size(more) > 0 &&
	    json_object_get(doc, "paginate") == NULL) {
		json_decref(more);
		return (err_set(e, ERR_USAGE, "options about pages need "
		    "--paginate"));
	}
	if (json_object_size(more) > 0)
		(void)json_object_update(sub(doc, "paginate"), more);
	json_decref(more);
	return (0);
}

/* "NAME=SECRET" of --api-key. */
static int
set_key(json_t *auth, const char *where, const char *text, struct err *e)
{
	const char *eq = strchr(text, '=');

	if (eq == NULL || eq == text)
		return (err_set(e, ERR_USAGE, where[0] == 'h' ?
		    "--api-key: not \"HEADER=SECRET\"" :
		    "--api-key-query: not \"NAME=SECRET\""));
	(void)json_object_set_new(auth, where, json_stringn(text,
	    (size_t)(eq - text)));
	set_text(auth, "key", eq + 1);
	return (0);
}

static int
set_auth(const struct options *o, json_t *doc, struct err *e)
{
	json_t *auth = json_object();
	int n = 0, rc = 0;

	if (o->bearer != NULL && ++n) {
		set_text(auth, "type", "bearer");
		set_text(auth, "token", o->bearer);
	}
	if (o->basic != NULL && ++n) {
		set_text(auth, "type", "basic");
		set_text(auth, "user", o->basic);
	}
	if ((o->api_key != NULL && ++n) || (o->api_key_query != NULL && ++n)) {
		set_text(auth, "type", "api_key");
		rc = o->api_key != NULL ?
		    set_key(auth, "header", o->api_key, e) :
		    set_key(auth, "query", o->api_key_query, e);
	}
	if (o->google_id != NULL && ++n) {
		set_text(auth, "type", "google_id");
		set_text(auth, "audience", o->google_id);
	}
	if (rc == 0 && n > 1)
		rc = err_set(e, ERR_USAGE, "--bearer, --basic, --api-key, "
		    "--api-key-query and --google-id exclude each other");
	if (n > 0)
		(void)json_object_set(doc, "auth", auth);
	json_decref(auth);
	return (rc);
}

/* The body of --data. */
static int
set_data(const struct options *o, json_t *doc, struct err *e)
{
	json_error_t why;
	struct buf b;
	json_t *body;

	if (o->data == NULL)
		return (0);
	buf_init(&b, 2 * MAX_FILE);
	if (o->data[0] == '@' ? io_slurp(o->data + 1, MAX_FILE, &b, e) :
	    buf_puts(&b, o->data)) {
		buf_free(&b);
		return (err_set(e, ERR_USAGE, "--data: too long"));
	}
	body = json_loadb((const char *)b.data, b.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	buf_free(&b);
	if (body == NULL)
		return (err_set(e, ERR_USAGE, "--data: not JSON: %s",
		    why.text));
	(void)json_object_set_new(doc, "body", json_pack("{s:o}", "json",
	    body));
	return (0);
}

static void
set_windows(const struct options *o, json_t *doc)
{

	if (o->from == NULL && o->to == NULL && o->step == NULL &&
	    o->date_format == NULL)
		return;
	set_text(sub(doc, "window"), "from", o->from);
	set_text(sub(doc, "window"), "to", o->to);
	set_text(sub(doc, "window"), "step", o->step);
	set_text(sub(doc, "window"), "format", o->date_format);
}

static int
set_all(const struct options *o, json_t *doc, struct err *e)
{

	set_text(doc, "records", o->records);
	if (o->missing_ok)
		set_text(doc, "missing_records", "empty");
	if (o->format != PAGE_AUTO)
		set_text(doc, "format", page_formats[o->format]);
	set_text(doc, "total", o->total);
	set_text(doc, "unique", o->unique);
	set_number(doc, "max_pages", o->max_pages);
	set_number(doc, "max_records", o->max_records);
	set_true(doc, "each", o->each);
	set_text(doc, "into", o->into);
	set_true(doc, "stable", o->stable);
	set_true(doc, "idempotent", o->idempotent);
	set_true(doc, "allow_http", o->allow_http);
	set_list(doc, "rate", &o->rates);
	set_list(doc, "allow_origins", &o->origins);
	if (o->ca != NULL || o->cert != NULL || o->key != NULL) {
		set_text(sub(doc, "tls"), "ca", o->ca);
		set_text(sub(doc, "tls"), "cert", o->cert);
		set_text(sub(doc, "tls"), "key", o->key);
	}
	set_windows(o, doc);
	if (set_pairs(doc, "headers", &o->headers, ':', "header", e) ||
	    set_pairs(doc, "query", &o->query, '=', "query", e) ||
	    set_pairs(doc, "vars", &o->vars, '=', "var", e) ||
	    set_data(o, doc, e) || set_auth(o, doc, e))
		return (-1);
	return (set_paginate(o, doc, e));
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
		doc = json_loadb((const char *)b.data, b.len,
		    JSON_REJECT_DUPLICATES, &why);
		if (doc == NULL) {
			err_set(e, ERR_CONFIG, "%s: line %d, column %d: %s",
			    path, why.line, why.column, why.text);
			err_code(e, "bad_source");
		} else if (!json_is_object(doc)) {
			err_set(e, ERR_CONFIG, "%s: no object", path);
			err_code(e, "bad_source");
			json_decref(doc);
			doc = NULL;
		}
	}
	buf_free(&b);
	return (doc);
}

json_t *
overlay_file(const char *path, const char *url, struct err *e)
{
	json_t *doc = path != NULL ? read_file(path, e) : json_object();

	if (doc != NULL)
		set_text(doc, "url", url);
	return (doc);
}

json_t *
overlay_source(const struct options *o, const char *url, struct err *e)
{
	json_t *doc;

	doc = overlay_file(o->file, url, e);
	if (doc == NULL)
		return (NULL);
	if (set_all(o, doc, e)) {
		json_decref(doc);
		return (NULL);
	}
	return (doc);
}
