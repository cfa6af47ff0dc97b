/* SPDX-License-Identifier: Apache-2.0 */
#include "source_request.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/base/err.h"
#include "lib/json/config.h"
#include "spec.h"
#include "template.h"

#define MAX_PAIRS 256

/* The number of texts in an object of texts and arrays of texts. */
static size_t
count_texts(const struct config *c)
{
	const char *name;
	json_t *v;
	size_t n = 0;

	json_object_foreach((json_t *)(uintptr_t)c->json, name, v)
		n += json_is_array(v) ? json_array_size(v) : 1;
	return (n);
}

static int
load_pair(const struct config *c, const char *name, struct source_pairs *p,
    struct err *e)
{
	struct err why = { 0 };
	const char *text, *t;

	if (config_string(c, &text, e) == -1)
		return (-1);
	for (t = text; *t != '\0'; t++)
		if (((unsigned char)*t < 0x20 && *t != '\t') || *t == 0x7f)
			return (config_error(c, e, "has control characters"));
	if (template_check(text, NULL, NULL, &why) == -1)
		return (config_error(c, e, "%s", why.msg));
	p->item[p->n].name = name;
	p->item[p->n].value = text;
	p->n++;
	return (0);
}

int
source_request_pairs(const struct config *c, const char *key,
    struct source_pairs *p,
    struct err *e)
{
	struct config sub, member, item;
	void *iter = NULL;
	size_t i, n;
	int rc;

	rc = config_get_object(c, key, NULL, &sub, e);
	if (rc <= 0)
		return (rc);
	n = count_texts(&sub);
	if (n > MAX_PAIRS)
		return (config_error_at(c, key, e, "over %d members",
		    MAX_PAIRS));
	p->item = calloc(n + 1, sizeof(*p->item));
	if (p->item == NULL)
		return (err_nomem(e));
	while (config_each(&sub, &iter, &member)) {
		if (!config_is_array(&member)) {
			if (load_pair(&member, member.key, p, e) == -1)
				return (-1);
			continue;
		}
		for (i = 0; i < config_size(&member); i++) {
			config_item(&member, i, &item);
			if (load_pair(&item, member.key, p, e) == -1)
				return (-1);
		}
	}
	assert(p->n == n);
	return (0);
}

/* "body": {"json": ...} or {"form": {...}}. */
static int
load_body(struct source_request *q, const struct config *top, struct err *e)
{
	static const char *const keys[] = { "json", "form", NULL };
	struct config c;
	int rc;

	if (top->up != NULL && json_is_null(json_object_get(top->json, "body")))
		return (0); /* of "first_request": none */
	rc = config_get_object(top, "body", NULL, &c, e);
	if (rc <= 0)
		return (rc);
	q->body_json = json_incref(json_object_get(c.json, "json"));
	if (config_object(&c, keys, e) == -1 ||
	    source_request_pairs(&c, "form", &q->body_form, e) == -1)
		return (-1);
	if ((q->body_json == NULL) == (json_object_get(c.json, "form") == NULL))
		return (config_error_at(top, "body", e, "holds either \"json\" "
		    "or \"form\""));
	return (0);
}

int
source_request_load(struct source_request *q, const struct config *c, struct err *e)
{
	static const char *const methods[] = { "GET", "POST", "PUT", NULL };
	int method = 0;

	if (config_get_string(c, "url", &q->url, e) == -1 ||
	    load_body(q, c, e) == -1)
		return (-1);
	method = q->body_json != NULL || q->body_form.n > 0;
	if (config_get_choice(c, "method", methods, &method, e) == -1 ||
	    source_request_pairs(c, "query", &q->query, e) == -1)
		return (-1);
	q->method = methods[method];
	return (0);
}

void
source_request_free(struct source_request *q)
{

	free(q->query.item);
	free(q->body_form.item);
	json_decref(q->body_json);
}
