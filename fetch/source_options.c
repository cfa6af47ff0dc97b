/* SPDX-License-Identifier: Apache-2.0 */
#include "source_options.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "exact.h"
#include "fetch/source/source.h"
#include "fetch/source/spec.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/number.h"
#include "lib/base/utf8.h"
#include "options.h"

#define MAX_FILE (4U << 20)

/* What the value of an option becomes. */
enum kind {
	OF_TEXT,   /* a text */
	OF_NUMBER, /* a number */
	OF_FLAG,   /* true */
	OF_LIST,   /* more texts of an array */
	OF_TEXTS,  /* a text, or several as an array */
	OF_PAIRS,  /* "NAME=VALUE": members of an object */
	OF_LINES,  /* "Name: value": members of an object */
	OF_AUTH,   /* a text, and ${text} is the type of credentials */
	OF_KEYS,   /* "NAME=SECRET": the same, and the secret is "key"; several */
	OF_PLACE,  /* a pointer, or the name of a header; made elsewhere */
	OF_RECORD, /* a text, the "pointer" of an object for a record */
	OF_OTHER   /* made elsewhere */
};

/*
 * The option for each member.  A nested member precedes the one that contains
 * it, so the first matching row names the option to blame.
 */
static const struct row {
	const char *pointer, *option;
	enum kind kind;
	size_t at; /* of the value in struct options */
	const char *text;
} rows[] = {
#define ROW(p, o, k, member) .pointer = (p), .option = (o), .kind = (k), \
	.at = offsetof(struct options, member)
	{ .pointer = "/url", .option = "URL", .kind = OF_OTHER },
	{ ROW("/records", "--records", OF_TEXTS, records) },
	{ ROW("/charset", "--charset", OF_TEXT, charset) },
	{ ROW("/headers", "--header", OF_LINES, headers) },
	{ ROW("/query", "--query", OF_PAIRS, query) },
	{ ROW("/vars", "--var", OF_PAIRS, vars) },
	{ ROW("/since", "--since", OF_TEXT, since) },
	{ ROW("/body", "--data", OF_OTHER, data) },
	{ ROW("/each", "--each", OF_FLAG, each) },
	{ ROW("/into", "--into", OF_TEXT, into) },
	{ ROW("/window/from", "--from", OF_TEXT, from) },
	{ ROW("/window/to", "--to", OF_TEXT, to) },
	{ ROW("/window/step", "--step", OF_TEXT, step) },
	{ ROW("/window", "--from", OF_OTHER, from) },
	{ ROW("/paginate/param", "--page-param", OF_TEXT, page_param) },
	{ ROW("/paginate/param", "--cursor-param", OF_TEXT, cursor_param) },
	{ ROW("/paginate/from", "--next", OF_PLACE, next) },
	{ ROW("/paginate/from_header", "--next", OF_OTHER, next) },
	{ ROW("/paginate/from", "--next-record", OF_RECORD, next_record) },
	{ ROW("/paginate", "--paginate", OF_OTHER, paginate) },
	{ ROW("/max_pages", "--max-pages", OF_NUMBER, max_pages) },
	{ ROW("/max_records", "--max-records", OF_NUMBER, max_records) },
	{ ROW("/total", "--total", OF_TEXT, total) },
	{ ROW("/auth/token", "--bearer", OF_AUTH, bearer),
	    .text = "bearer" },
	{ ROW("/auth/user", "--basic", OF_AUTH, basic), .text = "basic" },
	{ ROW("/auth/header", "--api-key", OF_KEYS, api_keys),
	    .text = "HEADER" },
	{ ROW("/auth/keys", "--api-key", OF_OTHER, api_keys) },
	{ ROW("/auth/key", "--api-key", OF_OTHER, api_keys) },
	{ ROW("/tls/ca", "--ca", OF_TEXT, ca) },
	{ ROW("/tls/cert", "--cert", OF_TEXT, cert) },
	{ ROW("/tls/key_password", "--key-password", OF_TEXT, key_password) },
	{ ROW("/tls/key", "--key", OF_TEXT, key) },
	{ ROW("/rate", "--rate", OF_LIST, rates) },
#undef ROW
};

#define NROWS (sizeof(rows) / sizeof(rows[0]))

/* The value that an option has, by its kind. */
struct value {
	const char *text;
	uint64_t number;
	bool flag;
	const struct opt_list *list;
};

static void
get_value(const struct options *o, const struct row *r, struct value *v)
{
	static const struct opt_list none;
	const char *at = (const char *)o + r->at;

	memset(v, 0, sizeof(*v));
	v->list = &none;
	switch (r->kind) {
	case OF_TEXT:
	case OF_PLACE:
	case OF_RECORD:
	case OF_AUTH:
		memcpy(&v->text, at, sizeof(v->text));
		break;
	case OF_NUMBER:
		memcpy(&v->number, at, sizeof(v->number));
		break;
	case OF_FLAG:
		memcpy(&v->flag, at, sizeof(v->flag));
		break;
	case OF_LIST:
	case OF_KEYS:
	case OF_TEXTS:
	case OF_PAIRS:
	case OF_LINES:
		v->list = (const void *)at;
		break;
	case OF_OTHER:
		break;
	}
}

/* Was the option of this row given? */
static bool
is_given(const struct options *o, const struct row *r)
{
	struct value v;

	get_value(o, r, &v);
	switch (r->kind) {
	case OF_TEXT:
	case OF_PLACE:
	case OF_RECORD:
	case OF_AUTH:
		return (v.text != NULL);
	case OF_NUMBER:
		return (v.number != OPTIONS_UNSET);
	case OF_FLAG:
		return (v.flag);
	case OF_LIST:
	case OF_KEYS:
	case OF_TEXTS:
	case OF_PAIRS:
	case OF_LINES:
		return (v.list->n > 0);
	case OF_OTHER:
		break;
	}
	if (strcmp(r->option, "--paginate") == 0)
		return (o->paginate != PAGINATE_AUTO);
	if (r->at == 0)
		return (false);
	memcpy(&v.text, (const char *)o + r->at, sizeof(v.text));
	return (v.text != NULL);
}

/* Is the name of item ${i}, ${n} bytes, the same as an earlier one? */
static bool
is_repeated(const struct opt_list *l, size_t i, size_t n)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strncmp(l->item[k], l->item[i], n + 1) == 0)
			return (true);
	return (false);
}

/*
 * Item ${i}, whose name has ${n} bytes: it replaces that of the file, and is
 * added to those given before it.
 */
static int
add_pair(struct draft *d, const struct row *r, const struct opt_list *l,
    size_t i, size_t n, json_t *text, struct err *e)
{
	json_t *obj = draft_object(d, r->pointer + 1, strlen(r->pointer + 1));
	json_t *have = json_object_getn(obj, l->item[i], n), *list;

	if (have == NULL || !is_repeated(l, i, n)) {
		draft_set(d, obj, l->item[i], n, text);
		return (0);
	}
	if (strcmp(r->option, "--var") == 0) {
		json_decref(text);
		return (err_set(e, ERR_USAGE, "%s: %.*s is given twice",
		    r->option, (int)(n < 64 ? n : 64), l->item[i]));
	}
	if (!json_is_array(have)) {
		list = json_array();
		if (json_array_append(list, have) == -1)
			d->failed = true;
		draft_set(d, obj, l->item[i], n, list);
		have = list;
	}
	if (json_array_append_new(have, text) == -1)
		d->failed = true;
	return (0);
}

/* Add "NAME<sep>VALUE" texts to the object of ${r}. */
static int
set_pairs(struct draft *d, const struct row *r, const struct opt_list *l,
    char sep, struct err *e)
{
	const char *p, *v;
	size_t i;

	for (i = 0; i < l->n; i++) {
		p = strchr(l->item[i], sep);
		if (p == NULL || p == l->item[i])
			return (err_set(e, ERR_USAGE, "%s: not \"%s\"",
			    r->option, sep == ':' ? "Name: value" :
			    "NAME=VALUE"));
		for (v = p + 1; sep == ':' && (*v == ' ' || *v == '\t'); v++)
			;
		d->not_utf8 = d->not_utf8 ||
		    !utf8_valid(l->item[i], (size_t)(p - l->item[i]));
		if (add_pair(d, r, l, i, (size_t)(p - l->item[i]),
		    draft_make_text(d, v), e) == -1)
			return (-1);
	}
	return (0);
}

static void
add_texts(struct draft *d, const char *key, const struct opt_list *l)
{
	size_t i;

	if (l->n > 0 && !json_is_array(json_object_get(d->doc, key)))
		draft_set(d, d->doc, key, strlen(key), json_array());
	for (i = 0; i < l->n; i++)
		if (json_array_append_new(json_object_get(d->doc, key),
		    draft_make_text(d, l->item[i])) == -1)
			d->failed = true;
}

/* "NAME=SECRET" of --api-key: NAME is the member of ${r}. */
static int
set_key(struct draft *d, json_t *auth, const struct row *r, const char *key,
    const char *arg, struct err *e)
{
	const char *eq;

	assert(arg != NULL);
	eq = strchr(arg, '=');
	if (eq == NULL || eq == arg)
		return (err_set(e, ERR_USAGE, "%s: not \"%s=SECRET\"",
		    r->option, r->text));
	d->not_utf8 = d->not_utf8 || !utf8_valid(arg, (size_t)(eq - arg));
	draft_set(d, auth, key, strlen(key),
	    json_stringn(arg, (size_t)(eq - arg)));
	draft_set_text(d, auth, "key", eq + 1);
	return (0);
}

/* Credentials replace those in the file. */
static int
set_auth(struct draft *d, const struct row *r, const char *arg,
    struct err *e)
{
	json_t *auth;
	const char *key;

	if (d->auth)
		return (err_set(e, ERR_USAGE, "--bearer, --basic and --api-key "
		    "exclude each other"));
	d->auth = true;
	(void)json_object_del(d->doc, "auth");
	auth = draft_parent(d, r->pointer, &key);
	draft_set_text(d, auth, "type", r->kind != OF_AUTH ? "api_key" : r->text);
	if (r->kind != OF_AUTH)
		return (set_key(d, auth, r, key, arg, e));
	draft_set_text(d, auth, key, arg);
	return (0);
}

/* The keys of --api-key: one as "key", the others as "keys". */
static int
set_auth_keys(struct draft *d, const struct row *r, const struct opt_list *l,
    struct err *e)
{
	json_t *auth, *list = NULL, *one;
	const char *key;
	size_t i;

	assert(l->n > 0 && l->item != NULL);
	if (set_auth(d, r, l->item[0], e) == -1)
		return (-1);
	auth = draft_parent(d, r->pointer, &key);
	if (l->n > 1) {
		draft_set(d, auth, "keys", 4, json_array());
		list = json_object_get(auth, "keys");
	}
	for (i = 1; i < l->n; i++) {
		one = json_object();
		if (set_key(d, one, r, key, l->item[i], e) == -1) {
			json_decref(one);
			return (-1);
		}
		if (json_array_append_new(list, one) == -1)
			d->failed = true;
	}
	return (0);
}

/* --paginate: a type other than the file's replaces all of it. */
static void
set_paginate(struct draft *d, const struct options *o)
{
	static const char key[] = "paginate";
	const char *name = spec_paginate_types[o->paginate];
	json_t *p;

	if (o->paginate == PAGINATE_AUTO)
		return;
	p = json_object_get(json_object_get(d->doc, key), "type");
	if (!json_is_string(p) || strcmp(json_string_value(p), name) != 0)
		(void)json_object_del(d->doc, key);
	draft_set_text(d, draft_object(d, key, strlen(key)), "type", name);
}

/* The place of the next page: a pointer, or a header (without a slash). */
static void
set_next(struct draft *d, json_t *obj, const char *key, const char *place)
{
	bool header;

	assert(place != NULL);
	header = place[0] != '\0' && strchr(place, '/') == NULL;
	(void)json_object_del(obj, key);
	(void)json_object_del(obj, "from_header");
	draft_set_text(d, obj, header ? "from_header" : key, place);
}

/* "from" of a cursor in the last record. */
static void
set_record(struct draft *d, json_t *obj, const char *key, const char *pointer)
{
	json_t *from = json_object();

	(void)json_object_del(obj, "from_header");
	draft_set_text(d, from, "record", "last");
	draft_set_text(d, from, "pointer", pointer);
	draft_set(d, obj, key, strlen(key), from);
}

/* A parameter has the option of its paginator, whose members are ${p}. */
static int
check_param(const struct row *r, const json_t *p, struct err *e)
{
	const char *type = json_string_value(json_object_get(p, "type"));
	bool cursor = type != NULL && strcmp(type, "cursor") == 0;

	if (strcmp(r->option, "--page-param") == 0 && cursor)
		return (err_set(e, ERR_USAGE, "--page-param: a cursor has "
		    "--cursor-param"));
	if (strcmp(r->option, "--cursor-param") == 0 && !cursor)
		return (err_set(e, ERR_USAGE, "--cursor-param: is for -p "
		    "cursor; a page or an offset has --page-param"));
	return (0);
}

/* Override the source with the option of ${r}, which was given. */
static int
set_row(struct draft *d, const struct row *r, const struct options *o,
    struct err *e)
{
	struct value v;
	json_t *obj;
	const char *key;

	get_value(o, r, &v);
	switch (r->kind) {
	case OF_AUTH:
		return (set_auth(d, r, v.text, e));
	case OF_KEYS:
		return (set_auth_keys(d, r, v.list, e));
	case OF_PAIRS:
		return (set_pairs(d, r, v.list, '=', e));
	case OF_LINES:
		return (set_pairs(d, r, v.list, ':', e));
	case OF_TEXTS:
		(void)json_object_del(d->doc, r->pointer + 1);
		if (v.list->n == 1) {
			draft_set_text(d, d->doc, r->pointer + 1, v.list->item[0]);
			return (0);
		}
		/* FALLTHROUGH */
	case OF_LIST:
		add_texts(d, r->pointer + 1, v.list);
		return (0);
	case OF_OTHER:
		return (0);
	case OF_TEXT:
	case OF_PLACE:
	case OF_RECORD:
	case OF_NUMBER:
	case OF_FLAG:
		break;
	}
	if (strncmp(r->pointer, "/paginate/", 10) == 0 &&
	    json_object_get(d->doc, "paginate") == NULL)
		return (err_set(e, ERR_USAGE, "options about pages need "
		    "--paginate"));
	obj = draft_parent(d, r->pointer, &key);
	if (check_param(r, obj, e) == -1)
		return (-1);
	if (r->kind == OF_RECORD)
		set_record(d, obj, key, v.text);
	else if (r->kind == OF_PLACE)
		set_next(d, obj, key, v.text);
	else if (r->kind == OF_NUMBER)
		draft_set(d, obj, key, strlen(key),
		    json_integer((json_int_t)v.number));
	else if (r->kind == OF_FLAG)
		draft_set(d, obj, key, strlen(key), json_true());
	else
		draft_set_text(d, obj, key, v.text);
	return (0);
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
	body = exact_load(&b, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why,
	    e);
	buf_free(&b);
	if (body == NULL)
		return (e->class != ERR_NONE ? -1 : err_set(e, ERR_USAGE,
		    "--data: line %d, column %d: %s", why.line, why.column,
		    why.text));
	made = json_object();
	draft_set(d, made, "json", 4, body);
	draft_set(d, d->doc, "body", 4, made);
	return (0);
}

/* The source file. */
static json_t *
read_source_file(const char *path, struct err *e)
{
	json_error_t why;
	struct buf b;
	json_t *doc = NULL;

	buf_init(&b, 2 * MAX_FILE);
	if (io_slurp(path, MAX_FILE, &b, e) == 0) {
		doc = exact_load(&b, JSON_REJECT_DUPLICATES, &why, e);
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

/* Apply all of ${o} to the draft, which is the source file. */
static int
set_all(struct draft *d, const struct options *o, const char *url,
    struct err *e)
{
	size_t i;

	if (url != NULL)
		draft_set_text(d, d->doc, "url", url);
	set_paginate(d, o);
	for (i = 0; i < NROWS; i++)
		if (is_given(o, &rows[i]) && set_row(d, &rows[i], o, e) == -1)
			return (-1);
	if (set_data(o, d, e) == -1)
		return (-1);
	for (i = 0; i < o->sets.n; i++)
		if (draft_set_any(d, o->sets.item[i], e) == -1)
			return (-1);
	if (d->not_utf8)
		return (err_set(e, ERR_USAGE, "an option or the URL is not "
		    "UTF-8"));
	return (d->failed ? err_nomem(e) : 0);
}

json_t *
source_options_read(const struct options *o, const char *url, struct err *e)
{
	struct draft d = { .doc = NULL };

	d.doc = o->file != NULL ? read_source_file(o->file, e) : json_object();
	if (d.doc == NULL) {
		err_nomem(e);
		return (NULL);
	}
	if (set_all(&d, o, url, e) == 0)
		return (d.doc);
	json_decref(d.doc);
	return (NULL);
}

/* Is the pointer ${p} of ${n} bytes at that of ${len} at ${at}, or below? */
static bool
is_below(const char *p, size_t n, const char *at, size_t len)
{

	return (n >= len && memcmp(p, at, len) == 0 &&
	    (n == len || p[len] == '/'));
}

/* In a member that the file began, is ${rest} set by the option? */
static bool
is_added(const struct row *r, const struct options *o, const json_t *doc,
    const char *rest, size_t n)
{
	struct value v;
	uint64_t i;
	size_t k;

	if (n == 0)
		return (true);
	get_value(o, r, &v);
	if (r->kind == OF_LIST)
		return (number_u64(rest + 1, n - 1, UINT32_MAX, &i) == 0 &&
		    i + v.list->n >= json_array_size(json_object_get(doc,
		    r->pointer + 1)));
	if (r->kind != OF_PAIRS && r->kind != OF_LINES)
		return (true);
	for (k = 0; k < v.list->n; k++)
		if (strncmp(v.list->item[k], rest + 1, n - 1) == 0)
			return (true);
	return (false);
}

/*
 * The row of the option that made the value at ${p} of ${doc}, or that would
 * make the missing one if there is no file; NULL: the file's.
 */
static const struct row *
find_row(const struct options *o, const char *url, const json_t *doc,
    const char *p, size_t n)
{
	const struct row *r;
	size_t len;

	for (r = rows; r < rows + NROWS; r++) {
		len = strlen(r->pointer);
		if (is_below(p, n, r->pointer, len) && (o->file == NULL ||
		    (r == rows ? url != NULL : is_given(o, r) &&
		    is_added(r, o, doc, p + len, n - len))))
			return (r);
	}
	/* The mistake may be in a related member: the size of a page. */
	for (r = rows; r < rows + NROWS; r++)
		if (is_given(o, r) && strlen(r->pointer) > n &&
		    memcmp(r->pointer, p, n) == 0 && r->pointer[n] == '/')
			return (r);
	return (NULL);
}

/* Did --set make the value at ${p}, or one that contains it? */
static bool
is_set(const struct options *o, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < o->sets.n; i++)
		if (is_below(p, n, o->sets.item[i],
		    draft_any_pointer(o->sets.item[i])))
			return (true);
	return (false);
}

int
source_options_blame(const struct options *o, const char *url,
    const json_t *doc, struct err *e)
{
	const struct err was = *e;
	size_t n = strcspn(was.msg, ":");
	const struct row *r = NULL;
	const char *rest;

	if (was.class == ERR_CONFIG && was.msg[0] == '/' &&
	    was.msg[n] == ':' && !is_set(o, was.msg, n))
		r = find_row(o, url, doc, was.msg, n);
	if (was.class == ERR_CONFIG && was.msg[0] == '/' && r == NULL &&
	    (is_set(o, was.msg, n) || (o->sets.n > 0 && o->file == NULL))) {
		err_clear(e);
		return (err_set(e, ERR_USAGE, "--set %s", was.msg));
	}
	if (r == NULL)
		return (o->file == NULL ? -1 : err_prefix(e, "%s", o->file));
	rest = was.msg + n + 2;
	if (r->kind != OF_LIST && n > strlen(r->pointer) &&
	    is_below(was.msg, n, r->pointer, strlen(r->pointer)))
		rest = was.msg + strlen(r->pointer) + 1;
	err_clear(e);
	return (err_set(e, ERR_USAGE, "%s: %s", r->option, rest));
}
