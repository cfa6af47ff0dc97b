/* SPDX-License-Identifier: Apache-2.0 */
#include "source_vars.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/json/config.h"
#include "spec.h"
#include "template.h"

#define ENV "env."
#define MAX_NAME 64 /* of a member of "vars", with its NUL */
#define MAX_BODY (4U << 20)

static bool
is_by_number(const struct source *s)
{

	return (s->paginate.type == PAGINATE_PAGE ||
	    s->paginate.type == PAGINATE_OFFSET);
}

static bool
is_by_cursor(const struct source *s)
{

	return (s->paginate.type == PAGINATE_CURSOR);
}

static bool
has_size(const struct source *s)
{

	return (s->paginate.size > 0);
}

static bool
has_offset_end(const struct source *s)
{

	return (s->paginate.type == PAGINATE_OFFSET && has_size(s));
}

static bool
has_windows(const struct source *s)
{

	return (s->window.step != 0);
}

/* The variables with fixed names, and where they exist. */
static const struct {
	const char *name;
	enum source_var var;
	bool (*known)(const struct source *s);
} named[] = {
	{ "page", VAR_NUMBER, is_by_number },
	{ "offset", VAR_NUMBER, is_by_number },
	{ "cursor", VAR_CURSOR, is_by_cursor },
	{ "size", VAR_SIZE, has_size },
	{ "offset_end", VAR_OFFSET_END, has_offset_end },
	{ "from", VAR_FROM, has_windows },
	{ "to", VAR_TO, has_windows },
	{ "until", VAR_UNTIL, has_windows },
};

bool
source_vars_is_env(const char *name, size_t n)
{

	return (n > strlen(ENV) && memcmp(name, ENV, strlen(ENV)) == 0);
}

const char *
source_vars_own(const struct source *s, const char *name, size_t n)
{
	char key[MAX_NAME];

	if (s->since != NULL && n == strlen("since") &&
	    memcmp(name, "since", n) == 0)
		return (s->since);
	if (n >= sizeof(key))
		return (NULL);
	memcpy(key, name, n);
	key[n] = '\0';
	return (json_string_value(json_object_get(s->vars, key)));
}

enum source_var
source_vars_find(const struct source *s, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (n == strlen(named[i].name) &&
		    memcmp(name, named[i].name, n) == 0 &&
		    named[i].known(s))
			return (named[i].var);
	if (name[0] == '/')
		return (s->each ? VAR_FIELD : VAR_UNKNOWN);
	if (source_vars_is_env(name, n))
		return (VAR_ENV);
	return (source_vars_own(s, name, n) != NULL ? VAR_OWN : VAR_UNKNOWN);
}

static bool
knows_variable(void *arg, const char *name, size_t n)
{

	return (source_vars_find(arg, name, n) != VAR_UNKNOWN);
}

static int
check_template(const struct source *s, const char *text, struct err *e)
{

	return (template_check(text, knows_variable, (void *)(uintptr_t)s, e));
}

/* Call ${call} for each text of the body, until it returns true. */
static bool
visit_json(const json_t *j, bool (*call)(void *arg, const char *text),
    void *arg)
{
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_string(j))
		return (call(arg, json_string_value(j)));
	json_object_foreach((json_t *)(uintptr_t)j, key, v)
		if (visit_json(v, call, arg))
			return (true);
	for (i = 0; i < json_array_size(j); i++)
		if (visit_json(json_array_get(j, i), call, arg))
			return (true);
	return (false);
}

/* The text ${j} as a template; ${j} itself if it already is one. */
static json_t *
tighten_text(const struct source *s, json_t *j)
{
	struct err why = { 0 };
	struct buf b;
	json_t *made;

	if (check_template(s, json_string_value(j), &why) == 0)
		return (json_incref(j));
	buf_init(&b, 2 * MAX_BODY);
	template_tighten(json_string_value(j), knows_variable,
	    (void *)(uintptr_t)s, &b);
	made = b.failed ? NULL : json_stringn(b.len > 0 ?
	    (const char *)b.data : "", b.len);
	buf_free(&b);
	return (made);
}

/* Tighten the texts in ${j}.  Return 0 or -1. */
static int
tighten_json(const struct source *s, json_t *j)
{
	const char *key;
	json_t *v;
	size_t i;

	json_object_foreach(j, key, v)
		if (json_is_string(v) ? json_object_set_new(j, key,
		    tighten_text(s, v)) == -1 : tighten_json(s, v) == -1)
			return (-1);
	json_array_foreach(j, i, v)
		if (json_is_string(v) ? json_array_set_new(j, i,
		    tighten_text(s, v)) == -1 : tighten_json(s, v) == -1)
			return (-1);
	return (0);
}

int
source_vars_tighten(struct source *s, struct err *e)
{
	struct source_request *const all[] = { &s->request, &s->first };
	json_t *body, *copy;
	size_t i;

	for (i = 0; i < 2; i++) {
		body = all[i]->body_json;
		if (body == NULL)
			continue;
		copy = json_is_string(body) ? tighten_text(s, body) :
		    json_deep_copy(body);
		if (copy == NULL || tighten_json(s, copy) == -1) {
			json_decref(copy);
			return (err_nomem(e));
		}
		json_decref(body);
		all[i]->body_json = copy;
	}
	return (0);
}

/* Check the templates of ${q}, which is in ${c}. */
static int
check_request(const struct source *s, const struct source_request *q,
    const struct config *c, struct err *e)
{
	struct err why = { 0 };
	size_t i;

	if (check_template(s, q->url, &why) == -1)
		return (config_error_at(c, "url", e, "%s", why.msg));
	for (i = 0; i < q->query.n; i++)
		if (check_template(s, q->query.item[i].value, &why) == -1)
			return (config_error_at(c, "query", e, "%s", why.msg));
	for (i = 0; i < q->body_form.n; i++)
		if (check_template(s, q->body_form.item[i].value, &why) == -1)
			return (config_error_at(c, "body", e, "%s", why.msg));
	return (0);
}

int
source_vars_check(const struct source *s, const struct config *c, struct err *e)
{
	struct err why = { 0 };
	struct config first;
	size_t i;

	if (check_request(s, &s->request, c, e) == -1 ||
	    (config_member(c, "first_request", &first) &&
	    check_request(s, &s->first, &first, e) == -1))
		return (-1);
	for (i = 0; i < s->headers.n; i++)
		if (check_template(s, s->headers.item[i].value, &why) == -1)
			return (config_error_at(c, "headers", e, "%s",
			    why.msg));
	return (0);
}

/* Call ${call} for each value of ${p}, until it returns true. */
static bool
visit_pairs(const struct source_pairs *p,
    bool (*call)(void *arg, const char *text), void *arg)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (call(arg, p->item[i].value))
			return (true);
	return (false);
}

static bool
visit_request(const struct source_request *q,
    bool (*call)(void *arg, const char *text), void *arg)
{

	return (q->url != NULL && (call(arg, q->url) ||
	    visit_pairs(&q->query, call, arg) ||
	    visit_pairs(&q->body_form, call, arg) ||
	    visit_json(q->body_json, call, arg)));
}

bool
source_vars_texts(const struct source *s,
    bool (*call)(void *arg, const char *text), void *arg)
{

	return (visit_request(&s->request, call, arg) ||
	    visit_request(&s->first, call, arg) ||
	    visit_pairs(&s->headers, call, arg));
}

static bool
uses_variable(void *arg, const char *text)
{

	return (template_uses(text, arg));
}

bool
source_vars_uses(const struct source *s, const char *name)
{

	return (source_vars_texts(s, uses_variable, (void *)(uintptr_t)name));
}

bool
source_vars_needs(const struct source *s, const char *name)
{
	const char *url = s->first.url != NULL ? s->first.url : s->request.url;
	char *path = strndup(url, strcspn(url, "?"));
	bool needs = path != NULL && template_uses(path, name);

	free(path);
	return (needs);
}
