/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "lib/err.h"
#include "lib/ptr.h"
#include "url.h"

#define MAX_PAIRS 256

static const char *const members[] = { "$schema", "name", "url", "method",
	"query", "headers", "records", "missing_records", "format", "paginate",
	"total", "stable", "max_pages", "max_records", NULL };

/* Members that decide which records come, and so go into the hash. */
static const char *const hashed[] = { "url", "method", "query", "headers",
	"records", "missing_records", "format", "paginate", "max_pages",
	"max_records", NULL };

/* Read an object of texts as pairs. */
static int
load_pairs(const struct config *c, const char *key, struct source_pairs *p,
    struct err *e)
{
	struct config sub;
	const char *name, *text = NULL;
	json_t *v;
	int rc;

	rc = config_object(c, key, &sub, e);
	if (rc <= 0)
		return (rc);
	if (json_object_size(sub.obj) > MAX_PAIRS)
		return (config_wrong(c, key, e, "too many members"));
	p->item = calloc(json_object_size(sub.obj) + 1, sizeof(*p->item));
	if (p->item == NULL)
		return (err_nomem(e));
	json_object_foreach((json_t *)(uintptr_t)sub.obj, name, v) {
		if (config_string(&sub, name, &text, e) < 0)
			return (-1);
		p->item[p->n].name = name;
		p->item[p->n].value = text;
		p->n++;
	}
	return (0);
}

/* Which members a paginator takes. */
static const char *const *
paginate_members(enum paginate_type type)
{
	static const char *const plain[] = { "type", NULL };
	static const char *const number[] = { "type", "param", "start",
		"size_param", "size", "total_pages", "total_records", "stop",
		NULL };
	static const char *const cursor[] = { "type", "param", "size_param",
		"size", "from", "from_header", NULL };
	static const char *const next[] = { "type", "size_param", "size",
		"from", "from_header", NULL };

	switch (type) {
	case PAGINATE_PAGE:
	case PAGINATE_OFFSET:
		return (number);
	case PAGINATE_CURSOR:
		return (cursor);
	case PAGINATE_NEXT:
		return (next);
	default:
		return (plain);
	}
}

/* What else the types must have. */
static int
check_paginate(const struct config *c, struct paginate_spec *p, struct err *e)
{

	if (p->type == PAGINATE_CURSOR && p->param == NULL)
		return (config_wrong(c, "param", e, "missing: the query "
		    "parameter that takes the cursor (--page-param)"));
	if ((p->type == PAGINATE_CURSOR || p->type == PAGINATE_NEXT) &&
	    (p->from == NULL) == (p->from_header == NULL))
		return (config_wrong(c, "from", e, "one of \"from\" and "
		    "\"from_header\" says where the next is named "
		    "(--next)"));
	if (p->stop_short && p->size == 0)
		return (config_wrong(c, "stop", e, "\"short\" needs the "
		    "\"size\" of a page"));
	if (p->size > 0 && p->size_param == NULL)
		return (config_wrong(c, "size", e, "needs \"size_param\""));
	return (0);
}

static int
load_paginate(const struct config *top, struct paginate_spec *p,
    struct err *e)
{
	static const char *const stops[] = { "empty", "short", NULL };
	struct config c;
	int rc, type = PAGINATE_AUTO, stop = 0;

	rc = config_object(top, "paginate", &c, e);
	if (rc <= 0)
		return (rc);
	rc = config_word(&c, "type", paginate_types, &type, e);
	if (rc == 0)
		return (config_wrong(&c, "type", e, "missing"));
	p->type = (enum paginate_type)type;
	if (rc < 0 || config_known(&c, paginate_members(p->type), e))
		return (-1);
	p->start = p->type == PAGINATE_PAGE;
	p->param = p->type == PAGINATE_PAGE ? "page" :
	    p->type == PAGINATE_OFFSET ? "offset" : NULL;
	if (config_string(&c, "param", &p->param, e) < 0 ||
	    config_number(&c, "start", 0, UINT32_MAX, &p->start, e) < 0 ||
	    config_string(&c, "size_param", &p->size_param, e) < 0 ||
	    config_number(&c, "size", 1, UINT32_MAX, &p->size, e) < 0 ||
	    config_ptr(&c, "from", &p->from, e) < 0 ||
	    config_string(&c, "from_header", &p->from_header, e) < 0 ||
	    config_ptr(&c, "total_pages", &p->total_pages, e) < 0 ||
	    config_ptr(&c, "total_records", &p->total_records, e) < 0 ||
	    config_word(&c, "stop", stops, &stop, e) < 0)
		return (-1);
	p->stop_short = stop == 1;
	return (check_paginate(&c, p, e));
}

static int
load_all(struct source *s, const struct config *c, struct err *e)
{
	int format = PAGE_AUTO, missing = 0;
	static const char *const policies[] = { "error", "empty", NULL };
	static const char *const methods[] = { "GET", "POST", NULL };
	int method = 0;

	if (config_known(c, members, e) ||
	    config_string(c, "url", &s->url, e) < 0)
		return (-1);
	if (s->url == NULL)
		return (config_wrong(c, "url", e, "missing"));
	if (config_word(c, "method", methods, &method, e) < 0 ||
	    load_pairs(c, "query", &s->query, e) < 0 ||
	    load_pairs(c, "headers", &s->headers, e) < 0 ||
	    config_ptr(c, "records", &s->records, e) < 0 ||
	    config_word(c, "missing_records", policies, &missing, e) < 0 ||
	    config_word(c, "format", page_formats, &format, e) < 0 ||
	    load_paginate(c, &s->paginate, e) < 0 ||
	    config_ptr(c, "total", &s->total, e) < 0 ||
	    config_bool(c, "stable", &s->stable, e) < 0 ||
	    config_number(c, "max_pages", 1, INT64_MAX, &s->max_pages, e) < 0 ||
	    config_number(c, "max_records", 1, INT64_MAX, &s->max_records,
	    e) < 0)
		return (-1);
	s->method = methods[method];
	s->page.records = s->records;
	s->page.missing_ok = missing == 1;
	s->page.format = (enum page_format)format;
	return (0);
}

int
source_load(struct source *s, json_t *doc, struct err *e)
{
	struct config c = { doc, "" };

	memset(s, 0, sizeof(*s));
	s->doc = doc;
	s->max_pages = s->max_records = UINT64_MAX;
	if (!json_is_object(doc))
		return (config_wrong(&c, NULL, e, "the source is no object"));
	return (load_all(s, &c, e));
}

void
source_free(struct source *s)
{

	free(s->query.item);
	free(s->headers.item);
	ptr_free(s->records);
	ptr_free(s->total);
	ptr_free(s->paginate.from);
	ptr_free(s->paginate.total_pages);
	ptr_free(s->paginate.total_records);
	json_decref(s->doc);
	memset(s, 0, sizeof(*s));
}

int
source_hash(const struct source *s, char hex[SHA256_HEX], struct err *e)
{
	json_t *part = json_object();
	const char *const *m;
	struct sha256 *h;
	char *text = NULL;

	for (m = hashed; *m != NULL; m++)
		(void)json_object_set(part, *m, json_object_get(s->doc, *m));
	text = json_dumps(part, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(part);
	h = sha256_new(e);
	if (text != NULL && h != NULL) {
		sha256_update(h, text, strlen(text));
		sha256_end(h, hex);
	}
	sha256_free(h);
	free(text);
	return (text == NULL || h == NULL ? err_nomem(e) : 0);
}
