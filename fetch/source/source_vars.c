/* SPDX-License-Identifier: Apache-2.0 */
#include "source_vars.h"

#include "fetch/request.h"
#include "lib/base/err.h"
#include "lib/json/config.h"
#include "source.h"
#include "template.h"

/* Call ${call} for each text of the body, until it returns true. */
static bool
json_texts(const json_t *j, bool (*call)(void *arg, const char *text),
    void *arg)
{
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_string(j))
		return (call(arg, json_string_value(j)));
	json_object_foreach((json_t *)(uintptr_t)j, key, v)
		if (json_texts(v, call, arg))
			return (true);
	for (i = 0; i < json_array_size(j); i++)
		if (json_texts(json_array_get(j, i), call, arg))
			return (true);
	return (false);
}

/* Is every variable in the texts of the body known? */
static int
check_json(struct source *s, const json_t *j, struct err *e)
{
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_string(j))
		return (template_check(json_string_value(j), request_known, s,
		    e));
	json_object_foreach((json_t *)(uintptr_t)j, key, v)
		if (check_json(s, v, e))
			return (-1);
	for (i = 0; i < json_array_size(j); i++)
		if (check_json(s, json_array_get(j, i), e))
			return (-1);
	return (0);
}

int
source_vars_check(struct source *s, const struct config *c, struct err *e)
{
	const struct source_pairs *const all[] = { &s->query, &s->headers,
		&s->body_form };
	static const char *const names[] = { "query", "headers", "body" };
	struct err why = { 0 };
	size_t i, k;

	if (template_check(s->url, request_known, s, &why))
		return (config_error_at(c, "url", e, "%s", why.msg));
	for (k = 0; k < 3; k++)
		for (i = 0; i < all[k]->n; i++)
			if (template_check(all[k]->item[i].value,
			    request_known, s, &why))
				return (config_error_at(c, names[k], e, "%s",
				    why.msg));
	if (check_json(s, s->body_json, &why))
		return (config_error_at(c, "body", e, "%s", why.msg));
	return (0);
}

bool
source_vars_texts(const struct source *s,
    bool (*call)(void *arg, const char *text), void *arg)
{
	const struct source_pairs *const all[] = { &s->query, &s->headers,
		&s->body_form };
	size_t i, k;

	if (call(arg, s->url))
		return (true);
	for (k = 0; k < 3; k++)
		for (i = 0; i < all[k]->n; i++)
			if (call(arg, all[k]->item[i].value))
				return (true);
	return (json_texts(s->body_json, call, arg));
}

static bool
uses(void *arg, const char *text)
{

	return (template_uses(text, arg));
}

bool
source_vars_uses(const struct source *s, const char *name)
{

	return (source_vars_texts(s, uses, (void *)(uintptr_t)name));
}
