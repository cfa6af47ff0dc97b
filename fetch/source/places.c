/* SPDX-License-Identifier: Apache-2.0 */
#include "places.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/json/config.h"
#include "lib/json/ptr.h"
#include "lib/json/scan.h"

#define MAX_STARS 4 /* in one pointer */

/* A pointer, cut at its "*". */
struct pattern {
	const char *text;
	struct ptr *piece[MAX_STARS + 1];
	size_t n;
};

struct places {
	struct pattern pattern[PLACES_MAX];
	size_t n;
	bool map; /* the values of an object are records */
	const char *key;
};

/* The first "*" that is a complete step of ${text}, or NULL. */
static const char *
find_star(const char *text)
{
	const char *p;

	for (p = text; (p = strstr(p, "/*")) != NULL; p++)
		if (p[2] == '/' || p[2] == '\0')
			return (p);
	return (NULL);
}

/* Parse ${text} into ${q}.  Return 0 or -1. */
static int
parse_pattern(struct pattern *q, const char *text, struct err *e)
{
	const char *star;
	char *part;

	q->text = text;
	for (;;) {
		star = find_star(text);
		part = star == NULL ? strdup(text) :
		    strndup(text, (size_t)(star - text));
		if (part == NULL)
			return (err_nomem(e));
		q->piece[q->n] = ptr_parse(part, e);
		free(part);
		if (q->piece[q->n] == NULL)
			return (-1);
		q->n++;
		if (star == NULL)
			return (0);
		if (q->n > MAX_STARS)
			return (err_set(e, ERR_CONFIG, "over %d \"*\" in a "
			    "pointer", MAX_STARS));
		text = star + 2;
	}
}

static int
add_pattern(struct places *p, const struct config *c, struct err *e)
{
	struct err why = { 0 };
	const char *text;

	if (config_string(c, &text, e) == -1)
		return (-1);
	if (p->n == PLACES_MAX)
		return (config_error(c, e, "over %d pointers", PLACES_MAX));
	if (parse_pattern(&p->pattern[p->n++], text, &why) == -1)
		return (config_error(c, e, "%s", why.msg));
	return (0);
}

/* "records": POINTER, or an array of them. */
static int
load_patterns(struct places *p, const struct config *c, struct err *e)
{
	struct config list, item;
	size_t i;

	if (!config_member(c, "records", &list)) {
		p->n = 1;
		return (parse_pattern(&p->pattern[0], "", e));
	}
	if (!config_is_array(&list))
		return (add_pattern(p, &list, e));
	for (i = 0; i < config_size(&list); i++) {
		config_item(&list, i, &item);
		if (add_pattern(p, &item, e) == -1)
			return (-1);
	}
	return (p->n > 0 ? 0 : config_error(&list, e, "an empty array"));
}

/* "records_map": true, or the name of a member for the key. */
static int
load_map(struct places *p, const struct config *c, struct err *e)
{
	struct config map;

	if (!config_member(c, "records_map", &map))
		return (0);
	if (!config_is_string(&map))
		return (config_bool(&map, &p->map, e));
	p->map = true;
	if (config_string(&map, &p->key, e) == -1)
		return (-1);
	return (strcmp(p->key, "$nf") != 0 ? 0 : config_error(&map, e, "is "
	    "the key of control lines"));
}

int
places_load(const struct config *c, struct places **p, struct err *e)
{
	const json_t *records = json_object_get(c->json, "records");
	const char *text = json_string_value(records);

	*p = NULL;
	if (json_object_get(c->json, "records_map") == NULL &&
	    !json_is_array(records) &&
	    (text == NULL || find_star(text) == NULL))
		return (0);
	*p = calloc(1, sizeof(**p));
	if (*p == NULL)
		return (err_nomem(e));
	return (load_patterns(*p, c, e) == -1 || load_map(*p, c, e) == -1 ?
	    -1 : 1);
}

void
places_free(struct places *p)
{
	size_t i, k;

	for (i = 0; p != NULL && i < p->n; i++)
		for (k = 0; k < p->pattern[i].n; k++)
			ptr_free(p->pattern[i].piece[k]);
	free(p);
}

const char *
places_key(const struct places *p)
{

	return (p->key);
}

bool
places_numbered(const struct scan *s, uint32_t t)
{
	const struct scan_token *tok = s->tok;
	uint32_t i;
	uint64_t v;

	if (tok[t].kind != SCAN_OBJECT || tok[t].count == 0)
		return (false);
	for (i = t + 1; i < tok[t].next; i = tok[i + 1].next)
		if (number_u64(scan_ptr(s, i), scan_len(s, i), UINT64_MAX,
		    &v) == -1)
			return (false);
	return (true);
}

static int
add_root(struct places_found *f, uint32_t t, struct err *e)
{
	size_t cap = f->cap == 0 ? 16 : 2 * f->cap;
	uint32_t *root;

	if (f->n == f->cap) {
		root = reallocarray(f->root, cap, sizeof(*root));
		if (root == NULL)
			return (err_nomem(e));
		f->root = root;
		f->cap = cap;
	}
	f->root[f->n++] = t;
	return (0);
}

static int
reject_place(const struct pattern *q, const char *what, struct err *e)
{

	return (err_set_code(e, ERR_DATA, "no_records", "no records: %s at "
	    "\"%s\"", what, q->text));
}

/* ${t} is at the end of ${q}. */
static int
take_root(const struct places *p, const struct pattern *q,
    const struct scan *s, uint32_t t, struct places_found *f, struct err *e)
{

	switch (s->tok[t].kind) {
	case SCAN_NULL:
		return (0);
	case SCAN_OBJECT:
		/* PHP's form of an array without items */
		if (s->tok[t].count == 0 && q->n == 1)
			return (0);
		if (!p->map && places_numbered(s, t))
			return (err_set_code(e, ERR_DATA, "records_map", "an "
			    "object with numbers for keys where an array of "
			    "records should be (\"records_map\": true, if its "
			    "values are the records)"));
		return (add_root(f, t, e));
	case SCAN_ARRAY:
		return (add_root(f, t, e));
	default:
		return (reject_place(q, scan_kind_name(s->tok[t].kind), e));
	}
}

/* Follow piece ${k} of ${q} from ${t}. */
static int
follow_pattern(const struct places *p, const struct pattern *q, size_t k,
    const struct scan *s, uint32_t t, bool missing_ok, struct places_found *f,
    struct err *e)
{
	const struct scan_token *tok = s->tok;
	uint32_t i, key;

	t = ptr_find(q->piece[k], s, t);
	if (k == 0 && t != SCAN_NOT_FOUND)
		f->outer[f->nouter++] = t;
	if (t == SCAN_NOT_FOUND)
		return (missing_ok ? 0 : reject_place(q, "nothing", e));
	if (k + 1 == q->n)
		return (take_root(p, q, s, t, f, e));
	if (tok[t].kind == SCAN_NULL)
		return (0);
	if (tok[t].kind != SCAN_ARRAY && tok[t].kind != SCAN_OBJECT)
		return (reject_place(q, scan_kind_name(tok[t].kind), e));
	key = tok[t].kind == SCAN_OBJECT;
	for (i = t + 1 + key; i < tok[t].next; i = tok[i].next + key)
		if (follow_pattern(p, q, k + 1, s, i, missing_ok, f, e) == -1)
			return (-1);
	return (0);
}

int
places_find(const struct places *p, const struct scan *s, bool missing_ok,
    struct places_found *f, struct err *e)
{
	size_t i;

	f->n = f->nouter = 0;
	for (i = 0; i < p->n; i++)
		if (follow_pattern(p, &p->pattern[i], 0, s, 0, missing_ok, f,
		    e) == -1)
			return (-1);
	return (0);
}

/* Are the records in token ${t}, or is it a record itself? */
static bool
is_container(const struct places *p, const struct scan *s, uint32_t t)
{

	return (s->tok[t].kind == SCAN_ARRAY ||
	    (p->map && s->tok[t].kind == SCAN_OBJECT));
}

bool
places_next(const struct places *p, const struct scan *s,
    const struct places_found *f, struct places_at *at)
{
	const struct scan_token *tok = s->tok;
	uint32_t r, key;
	bool many;

	for (; at->root < f->n; at->root++) {
		r = f->root[at->root];
		many = is_container(p, s, r);
		key = many && tok[r].kind == SCAN_OBJECT;
		if (!at->inside)
			at->token = many ? r + 1 + key : r;
		else
			at->token = many ? tok[at->token].next + key :
			    tok[r].next;
		at->index = at->inside ? at->index + 1 : 0;
		at->inside = true;
		if (at->token < tok[r].next)
			return (true);
		at->inside = false;
	}
	return (false);
}

bool
places_in_map(const struct places *p, const struct scan *s,
    const struct places_found *f, const struct places_at *at)
{

	assert(at->inside && at->root < f->n);
	return (p->map && s->tok[f->root[at->root]].kind == SCAN_OBJECT);
}
