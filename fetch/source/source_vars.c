/* SPDX-License-Identifier: Apache-2.0 */
#include "source_vars.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/json/config.h"
#include "spec.h"
#include "template.h"

#define ENV "env."
#define MAX_NAME 64 /* of a member of "vars", with its NUL */

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
has_windows(const struct source *s)
{

	return (s->window.step != 0);
}

/* The variables that have a name of their own, and who has them. */
static const struct {
	const char *name;
	enum source_var var;
	bool (*known)(const struct source *s);
} named[] = {
	{ "page", VAR_NUMBER, is_by_number },
	{ "offset", VAR_NUMBER, is_by_number },
	{ "cursor", VAR_CURSOR, is_by_cursor },
	{ "size", VAR_SIZE, has_size },
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

/* Is every variable in the texts of the body known? */
static int
check_body_templates(const struct source *s, const json_t *j, struct err *e)
{
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_string(j))
		return (check_template(s, json_string_value(j), e));
	json_object_foreach((json_t *)(uintptr_t)j, key, v)
		if (check_body_templates(s, v, e) == -1)
			return (-1);
	for (i = 0; i < json_array_size(j); i++)
		if (check_body_templates(s, json_array_get(j, i), e) == -1)
			return (-1);
	return (0);
}

int
source_vars_check(const struct source *s, const struct config *c, struct err *e)
{
	const struct source_pairs *const all[] = { &s->query, &s->headers,
		&s->body_form };
	static const char *const names[] = { "query", "headers", "body" };
	struct err why = { 0 };
	size_t i, k;

	if (check_template(s, s->url, &why) == -1)
		return (config_error_at(c, "url", e, "%s", why.msg));
	for (k = 0; k < 3; k++)
		for (i = 0; i < all[k]->n; i++)
			if (check_template(s, all[k]->item[i].value, &why) ==
			    -1)
				return (config_error_at(c, names[k], e, "%s",
				    why.msg));
	if (check_body_templates(s, s->body_json, &why) == -1)
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
	return (visit_json(s->body_json, call, arg));
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
