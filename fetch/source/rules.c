/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/json/config.h"
#include "lib/json/jload.h"
#include "lib/json/ptr.h"
#include "lib/json/scan.h"
#include "lib/json/scan_same.h"
#include "source_read.h"

#define MAX_RULES 64

struct rule {
	int low, high;    /* statuses; 0: any */
	struct ptr *ptr;  /* must find something; NULL: not checked */
	char *equals;     /* ... which must be this, as JSON; or NULL */
	enum rules_action action;
	bool found; /* something was at the pointer */
};

struct rules {
	struct rule rule[MAX_RULES];
	size_t n;
	bool bodies; /* a rule looks at the body */
};

static const char *const members[] = { "status", "pointer", "equals", "do",
	NULL };

/* "status": 404 or "5xx". */
static int
load_status(const struct config *c, struct rule *r, struct err *e)
{
	const json_t *j = json_object_get(c->json, "status");
	const char *s = json_string_value(j);
	json_int_t n = json_integer_value(j);

	if (j == NULL)
		return (0);
	if (json_is_integer(j) && n >= 100 && n <= 599) {
		r->low = r->high = (int)n;
		return (0);
	}
	if (s != NULL && s[0] >= '1' && s[0] <= '5' &&
	    strcmp(s + 1, "xx") == 0) {
		r->low = (s[0] - '0') * 100;
		r->high = r->low + 99;
		return (0);
	}
	return (config_error_at(c, "status", e, "not a status such as 404 or "
	    "\"5xx\""));
}

static int
load_rule(const struct config *c, struct rule *r, struct err *e)
{
	static const char *const actions[] = { "", "retry", "empty", "fail",
		NULL };
	const json_t *equals = json_object_get(c->json, "equals");
	int action = 0;

	if (config_object(c, members, e) == -1 || load_status(c, r, e) == -1 ||
	    source_read_ptr(c, "pointer", &r->ptr, e) == -1 ||
	    config_get_choice(c, "do", actions, &action, e) == -1)
		return (-1);
	if (action == 0)
		return (config_error_at(c, "do", e, "missing: \"retry\", "
		    "\"empty\" or \"fail\""));
	if (r->low == 0 && r->ptr == NULL)
		return (config_error(c, e, "a rule needs \"status\" or "
		    "\"pointer\""));
	if (equals != NULL && r->ptr == NULL)
		return (config_error_at(c, "equals", e, "needs \"pointer\""));
	if (equals != NULL) {
		r->equals = jload_text(equals, JSON_ENCODE_ANY | JSON_COMPACT |
		    JSON_REAL_PRECISION(DBL_DIG), e);
		if (r->equals == NULL)
			return (-1);
	}
	r->action = (enum rules_action)action;
	return (0);
}

struct rules *
rules_load(const struct config *c, const char *key, struct err *e)
{
	struct config rules, item;
	struct rules *r;
	size_t i;

	if (!config_member(c, key, &rules))
		return (NULL);
	if (!config_is_array(&rules) || config_size(&rules) > MAX_RULES) {
		config_error(&rules, e, "not an array of up to %d rules",
		    MAX_RULES);
		return (NULL);
	}
	r = calloc(1, sizeof(*r));
	if (r == NULL) {
		err_nomem(e);
		return (NULL);
	}
	for (i = 0; i < config_size(&rules); i++) {
		config_item(&rules, i, &item);
		r->n = i + 1;
		if (load_rule(&item, &r->rule[i], e) == -1) {
			rules_free(r);
			return (NULL);
		}
		r->bodies |= r->rule[i].ptr != NULL;
	}
	return (r);
}

void
rules_free(struct rules *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->n; i++) {
		ptr_free(r->rule[i].ptr);
		free(r->rule[i].equals);
	}
	free(r);
}

static bool
meets_rule(struct rule *rule, int status, const struct scan *body)
{
	uint32_t t;

	if (rule->low != 0 && (status < rule->low || status > rule->high))
		return (false);
	if (rule->ptr == NULL)
		return (true);
	if (body == NULL)
		return (false);
	t = ptr_find(rule->ptr, body, 0);
	rule->found = rule->found || t != SCAN_NOT_FOUND;
	return (t != SCAN_NOT_FOUND &&
	    (rule->equals == NULL || scan_same_text(body, t, rule->equals)));
}

bool
rules_read_body(const struct rules *r)
{

	return (r != NULL && r->bodies);
}

enum rules_action
rules_find(struct rules *r, int status, const struct scan *body,
    size_t *which)
{
	size_t i;

	for (i = 0; r != NULL && i < r->n; i++) {
		if (meets_rule(&r->rule[i], status, body)) {
			*which = i;
			return (r->rule[i].action);
		}
	}
	return (RULES_NONE);
}

const char *
rules_unmatched(const struct rules *r, size_t *i)
{

	for (; r != NULL && *i < r->n; ++*i)
		if (r->rule[*i].ptr != NULL && !r->rule[*i].found)
			return (ptr_text(r->rule[*i].ptr));
	return (NULL);
}
