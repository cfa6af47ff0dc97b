/* SPDX-License-Identifier: Apache-2.0 */
#include "source_read.h"

#include <float.h>
#include <string.h>

#include "lib/base/dates.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "lib/base/zone.h"
#include "lib/json/config.h"
#include "lib/json/jload.h"
#include "lib/json/ptr.h"
#include "spec.h"
#include "url.h"

static bool
lists_word(const char *const *words, const char *word)
{

	while (*words != NULL && strcmp(*words, word) != 0)
		words++;
	return (*words != NULL);
}

/* Which members a paginator takes. */
static const char *const *
paginate_members(enum paginate_type type)
{
	static const char *const plain[] = { "type", NULL };
	static const char *const number[] = { "type", "param", "start",
		"size_param", "size", "total_pages", "total_records", "stop",
		"step", "more", "end", NULL };
	static const char *const cursor[] = { "type", "param", "size_param",
		"size", "from", "from_header", "first", "stop", "more", "end",
		"cursor", NULL };
	static const char *const next[] = { "type", "size_param", "size",
		"from", "from_header", "more", "end", "cursor", NULL };
	static const char *const link[] = { "type", "more", "end", "cursor",
		NULL };

	switch (type) {
	case PAGINATE_PAGE:
	case PAGINATE_OFFSET:
		return (number);
	case PAGINATE_CURSOR:
		return (cursor);
	case PAGINATE_NEXT:
		return (next);
	case PAGINATE_LINK:
		return (link);
	default:
		return (plain);
	}
}

/* Is there a member that only other paginators take? */
static int
check_paginator(const struct config *c, enum paginate_type type, struct err *e)
{
	const char *const *own = paginate_members(type), *const *m;
	int other;

	for (other = PAGINATE_AUTO; other <= PAGINATE_NEXT; other++)
		for (m = paginate_members((enum paginate_type)other);
		    *m != NULL; m++)
			if (json_object_get(c->json, *m) != NULL &&
			    !lists_word(own, *m))
				return (config_error_at(c, *m, e, "not with "
				    "\"type\": \"%s\"",
				    spec_paginate_types[type]));
	return (config_object(c, own, e));
}

/* The members that each type must have. */
static int
check_paginate(const struct config *c, struct paginate_spec *p, struct err *e)
{

	if ((p->type == PAGINATE_CURSOR || p->type == PAGINATE_NEXT) &&
	    (p->from == NULL) == (p->from_header == NULL))
		return (config_error_at(c, "from", e, "one of \"from\" and "
		    "\"from_header\" says where the next is named "
		    "(--next)"));
	if (p->step_size && (p->type != PAGINATE_OFFSET || p->size == 0))
		return (config_error_at(c, "step", e, "\"size\" is for an "
		    "offset and needs the \"size\" of a page"));
	if (p->type == PAGINATE_CURSOR && p->stop_short && !p->from_record)
		return (config_error_at(c, "stop", e, "\"short\" is for cursors "
		    "of the last record only (--next-record)"));
	if (p->scroll && p->from_record)
		return (config_error_at(c, "cursor", e, "\"scroll\" is not for "
		    "cursors of the last record"));
	if (p->stop_short && p->size == 0)
		return (config_error_at(c, "stop", e, "\"short\" needs the "
		    "\"size\" of a page"));
	return (0);
}

int
source_read_ptr(const struct config *c, const char *key, struct ptr **p,
    struct err *e)
{
	int rc = config_get_ptr(c, key, p, e);
	const char *t;

	if (rc != 1)
		return (rc);
	for (t = ptr_text(*p); (t = strstr(t, "/-")) != NULL; t += 2)
		if (t[2] >= '0' && t[2] <= '9' &&
		    strchr("/", t[2 + strspn(t + 2, "0123456789")]) != NULL)
			return (config_error_at(c, key, e, "a JSON Pointer "
			    "does not count from the end: name a member of "
			    "the answer that says where to go on"));
	return (1);
}

/* A header's name (RFC 9110 section 5.1). */
static bool
is_header_name(const char *s)
{

	return (*s != '\0' && s[strspn(s, "!#$%&'*+-.^_`|~0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0');
}

int
source_read_place(const struct config *c, const char *key, struct place *p,
    struct err *e)
{
	const char *text = NULL;

	if (config_get_string(c, key, &text, e) == -1)
		return (-1);
	if (text != NULL && is_header_name(text)) {
		p->header = text;
		return (0);
	}
	return (source_read_ptr(c, key, &p->ptr, e) == -1 ? -1 : 0);
}

/* "end": {"pointer": P, "equals": JSON} or {"pointer": P, "same_as": Q}. */
static int
read_end_condition(const struct config *top, struct paginate_spec *p,
    struct err *e)
{
	static const char *const keys[] = { "pointer", "equals", "same_as",
		NULL };
	const json_t *equals;
	struct config c;
	int rc;

	rc = config_get_object(top, "end", keys, &c, e);
	if (rc != 1)
		return (rc);
	if (source_read_ptr(&c, "pointer", &p->end, e) == -1 ||
	    source_read_ptr(&c, "same_as", &p->end_same, e) == -1)
		return (-1);
	equals = json_object_get(c.json, "equals");
	if (p->end == NULL || (equals == NULL) == (p->end_same == NULL))
		return (config_error(&c, e, "holds \"pointer\", and "
		    "\"equals\" or \"same_as\""));
	if (equals != NULL && (p->end_equals = jload_text(equals,
	    JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(DBL_DIG),
	    e)) == NULL)
		return (-1);
	return (0);
}

/* "from": POINTER or {"record": "last", "pointer": POINTER}. */
static int
read_from(const struct config *top, struct paginate_spec *p, struct err *e)
{
	static const char *const keys[] = { "record", "pointer", NULL };
	static const char *const records[] = { "last", NULL };
	struct config c;
	int rc, which;

	if (!config_member(top, "from", &c) || !config_is_object(&c))
		return (source_read_ptr(top, "from", &p->from, e) == -1 ? -1 :
		    0);
	if (config_object(&c, keys, e) == -1)
		return (-1);
	rc = config_get_choice(&c, "record", records, &which, e);
	if (rc == 0)
		return (config_error_at(&c, "record", e, "missing: \"last\""));
	if (rc == -1 || source_read_ptr(&c, "pointer", &p->from, e) == -1)
		return (-1);
	if (p->from == NULL)
		return (config_error_at(&c, "pointer", e, "missing"));
	if (p->type != PAGINATE_CURSOR)
		return (config_error(&c, e, "a record has a cursor: \"type\": "
		    "\"cursor\""));
	p->from_record = true;
	return (0);
}

/* "first": the cursor of the first request, a text or other JSON. */
static int
read_first(const struct config *top, struct paginate_spec *p, struct err *e)
{
	struct config c;

	if (!config_member(top, "first", &c))
		return (0);
	p->first_json = !config_is_string(&c);
	if (!p->first_json)
		p->first = strdup(json_string_value(c.json));
	else
		p->first = jload_text(c.json, JSON_ENCODE_ANY | JSON_COMPACT |
		    JSON_REAL_PRECISION(DBL_DIG), e);
	return (p->first == NULL ? err_nomem(e) : 0);
}

int
source_read_paginate(const struct config *top, struct paginate_spec *p,
    struct err *e)
{
	static const char *const stops[] = { "empty", "short", NULL };
	static const char *const cursors[] = { "any", "key", "scroll", NULL };
	struct config c;
	int rc, type = PAGINATE_AUTO, stop = 0, step = 0, cursor = 0;

	rc = config_get_object(top, "paginate", NULL, &c, e);
	if (rc <= 0)
		return (rc);
	rc = config_get_choice(&c, "type", spec_paginate_types, &type, e);
	if (rc == 0)
		return (config_error_at(&c, "type", e, "missing"));
	p->type = (enum paginate_type)type;
	if (rc == -1 || check_paginator(&c, p->type, e) == -1)
		return (-1);
	p->start = p->type == PAGINATE_PAGE;
	if (config_get_string(&c, "param", &p->param, e) == -1 ||
	    config_get_number(&c, "start", 0, UINT32_MAX, &p->start, e) == -1 ||
	    config_get_string(&c, "size_param", &p->size_param, e) == -1 ||
	    config_get_number(&c, "size", 1, UINT32_MAX, &p->size, e) == -1 ||
	    read_from(&c, p, e) == -1 || read_first(&c, p, e) == -1 ||
	    config_get_string(&c, "from_header", &p->from_header, e) == -1 ||
	    source_read_place(&c, "total_pages", &p->total_pages, e) == -1 ||
	    source_read_ptr(&c, "more", &p->more, e) == -1 ||
	    read_end_condition(&c, p, e) == -1 ||
	    config_get_choice(&c, "cursor", cursors, &cursor, e) == -1 ||
	    config_get_choice(&c, "step", spec_steps, &step, e) == -1 ||
	    config_get_choice(&c, "stop", stops, &stop, e) == -1)
		return (-1);
	p->stop_short = stop == 1;
	p->step_size = step == 1;
	p->key = cursor == 1 || p->from_record;
	p->scroll = cursor == 2;
	return (check_paginate(&c, p, e));
}

int
source_read_secret(const struct config *c, const char *key, const char **v,
    struct err *e)
{
	const char *why;

	if (config_get_string(c, key, v, e) == -1)
		return (-1);
	why = *v == NULL ? NULL : secret_check(*v);
	return (why == NULL ? 0 : config_error_at(c, key, e, "%s", why));
}

/* Which members a kind of credentials takes. */
static const char *const *
auth_members(enum auth_type type)
{
	static const char *const none[] = { "type", NULL };
	static const char *const bearer[] = { "type", "token", NULL };
	static const char *const basic[] = { "type", "user", "password",
		NULL };
	static const char *const api_key[] = { "type", "key", "header",
		"query", "keys", NULL };
	static const char *const oauth2[] = { "type", "token_url",
		"client_id", "client_secret", "refresh_token", "scope",
		"audience", "client_auth", NULL };
	static const char *const google_id[] = { "type", "audience", NULL };
	static const char *const *const all[] = { none, bearer, basic,
		api_key, oauth2, google_id, NULL };

	return (all[type]);
}

static int
check_auth(const struct config *c, const struct auth_spec *a, struct err *e)
{
	struct err why = { 0 };

	switch (a->type) {
	case AUTH_NONE:
		break;
	case AUTH_BEARER:
		if (a->token_ref == NULL)
			return (config_error_at(c, "token", e, "missing"));
		break;
	case AUTH_BASIC:
		if (a->user_ref == NULL)
			return (config_error_at(c, "user", e, "missing"));
		break;
	case AUTH_API_KEY:
		if (a->nkeys == 0)
			return (config_error_at(c, "key", e, "missing"));
		break;
	case AUTH_OAUTH2:
		if (a->token_url == NULL)
			return (config_error_at(c, "token_url", e, "missing"));
		if (url_check(a->token_url, &why) == -1)
			return (config_error_at(c, "token_url", e, "no URL"));
		if (a->client_id_ref == NULL)
			return (config_error_at(c, "client_id", e, "missing"));
		break;
	case AUTH_LOGIN: /* source_login.c */
		break;
	case AUTH_GOOGLE_ID:
		if (a->audience == NULL)
			return (config_error_at(c, "audience", e,
			    "missing: the "
			    "URL of the service"));
		break;
	}
	return (0);
}

/* A key of ${c} and how it is sent. */
static int
read_api_key(const struct config *c, struct auth_spec *a, struct err *e)
{
	struct auth_key *k = &a->keys[a->nkeys];

	if (source_read_secret(c, "key", &k->ref, e) == -1 ||
	    config_get_string(c, "header", &k->header, e) == -1 ||
	    config_get_string(c, "query", &k->query, e) == -1)
		return (-1);
	if (k->ref == NULL && k->header == NULL && k->query == NULL)
		return (0);
	if (k->ref == NULL)
		return (config_error_at(c, "key", e, "missing"));
	if ((k->header == NULL) == (k->query == NULL))
		return (config_error(c, e, "one of \"header\" and \"query\" "
		    "says where the key goes"));
	a->nkeys++;
	return (0);
}

/* "key" with "header" or "query", and "keys", an array of those. */
static int
read_api_keys(const struct config *c, struct auth_spec *a, struct err *e)
{
	static const char *const members[] = { "key", "header", "query",
		NULL };
	struct config list, one;
	size_t i, queries = 0;

	if (read_api_key(c, a, e) == -1)
		return (-1);
	if (!config_member(c, "keys", &list))
		return (0);
	if (!config_is_array(&list) || config_size(&list) == 0 ||
	    a->nkeys + config_size(&list) > MAX_KEYS)
		return (config_error(&list, e, "not an array of 1 to %d keys",
		    MAX_KEYS));
	for (i = 0; i < config_size(&list); i++) {
		config_item(&list, i, &one);
		if (config_object(&one, members, e) == -1 ||
		    read_api_key(&one, a, e) == -1)
			return (-1);
	}
	for (i = 0; i < a->nkeys; i++)
		queries += a->keys[i].query != NULL;
	return (queries <= 1 ? 0 : config_error(&list, e, "one key at most "
	    "goes into the query"));
}

int
source_read_auth(const struct config *top, struct auth_spec *a,
    struct err *e)
{
	static const char *const styles[] = { "basic", "body", NULL };
	struct config c;
	int rc, type = AUTH_NONE, style = 0;

	rc = config_get_object(top, "auth", NULL, &c, e);
	if (rc <= 0)
		return (rc);
	rc = config_get_choice(&c, "type", spec_auth_types, &type, e);
	if (rc == 0)
		return (config_error_at(&c, "type", e, "missing"));
	a->type = (enum auth_type)type;
	if (rc == -1 || a->type == AUTH_LOGIN)
		return (rc == -1 ? -1 : 0);
	if (config_object(&c, auth_members(a->type), e) == -1 ||
	    source_read_secret(&c, "token", &a->token_ref, e) == -1 ||
	    source_read_secret(&c, "user", &a->user_ref, e) == -1 ||
	    source_read_secret(&c, "password", &a->password_ref, e) == -1 ||
	    (a->type == AUTH_API_KEY && read_api_keys(&c, a, e) == -1) ||
	    config_get_string(&c, "token_url", &a->token_url, e) == -1 ||
	    source_read_secret(&c, "client_id", &a->client_id_ref, e) == -1 ||
	    source_read_secret(&c, "client_secret", &a->client_secret_ref, e) == -1
	    ||
	    source_read_secret(&c, "refresh_token", &a->refresh_ref, e) == -1 ||
	    config_get_string(&c, "scope", &a->scope, e) == -1 ||
	    config_get_string(&c, "audience", &a->audience, e) == -1 ||
	    config_get_choice(&c, "client_auth", styles, &style, e) == -1)
		return (-1);
	a->in_body = style == 1;
	return (check_auth(&c, a, e));
}

int
source_read_window(const struct config *top, struct window_spec *w,
    struct err *e)
{
	static const char *const keys[] = { "from", "to", "step", "format",
		"zone", NULL };
	static const char *const wrong[] = { NULL, "from", "to", "to" };
	const char *from = NULL, *to = NULL, *step = "1d", *zone = NULL;
	struct err why = { 0 };
	struct config c;
	int rc;

	rc = config_get_object(top, "window", NULL, &c, e);
	if (rc <= 0)
		return (rc);
	if (config_object(&c, keys, e) == -1 ||
	    config_get_string(&c, "from", &from, e) == -1 ||
	    config_get_string(&c, "to", &to, e) == -1 ||
	    config_get_string(&c, "step", &step, e) == -1 ||
	    config_get_string(&c, "zone", &zone, e) == -1 ||
	    config_get_string(&c, "format", &w->format, e) == -1)
		return (-1);
	if (from == NULL || to == NULL)
		return (config_error_at(&c, from == NULL ? "from" : "to", e,
		    "missing: the %s day", from == NULL ? "first" : "last"));
	if (window_step(step, &w->step, &w->unit) == -1)
		return (config_error_at(&c, "step", e, "not a step such as "
		    "\"15m\", \"6h\", \"1d\", \"2w\", \"1mo\" or \"all\""));
	if (zone != NULL && (w->zone = zone_open(zone, &why)) == NULL)
		return (config_error_at(&c, "zone", e, "%s", why.msg));
	rc = window_range(w, from, to);
	if (rc == 3)
		return (config_error_at(&c, "to", e, "before \"from\""));
	if (rc != 0)
		return (config_error_at(&c, wrong[rc], e, "not a day such as "
		    "\"2026-01-31\"%s", w->unit == WINDOW_TIMES ? ", or a time "
		    "such as \"2026-01-31T08:00\"" :
		    " (times need a step of hours or minutes)"));
	if (!window_fits(w))
		return (config_error_at(&c, "format", e, "takes %s, "
		    "epoch, epoch_ms or epoch_us, is short, and has hours "
		    "and minutes where the windows have", DATES_OUT));
	return (0);
}

/* A time of "timeouts", at least ${min} ms. */
static int
read_timeout(const struct config *c, const char *key, uint64_t min,
    uint64_t *v, struct err *e)
{

	if (config_get_duration(c, key, v, e) == -1)
		return (-1);
	if (*v != UINT64_MAX && (*v < min || *v > INT32_MAX))
		return (config_error_at(c, key, e, "not a time from %s to 24d",
		    min == 0 ? "0" : "1ms"));
	return (0);
}

int
source_read_timeouts(const struct config *top, struct timeouts_spec *t,
    struct err *e)
{
	static const char *const keys[] = { "connect", "answer", "page",
		"low_speed", "low_speed_time", "retry_after", "retry_base",
		NULL };
	struct config c;
	int rc;

	memset(t, 0xff, sizeof(*t)); /* UINT64_MAX each */
	rc = config_get_object(top, "timeouts", keys, &c, e);
	if (rc <= 0)
		return (rc);
	if (read_timeout(&c, "connect", 1, &t->connect_ms, e) == -1 ||
	    read_timeout(&c, "answer", 0, &t->answer_ms, e) == -1 ||
	    read_timeout(&c, "page", 0, &t->page_ms, e) == -1 ||
	    read_timeout(&c, "low_speed_time", 0, &t->low_speed_ms, e) == -1 ||
	    read_timeout(&c, "retry_after", 0, &t->retry_after_ms, e) == -1 ||
	    read_timeout(&c, "retry_base", 0, &t->retry_base_ms, e) == -1 ||
	    config_get_number(&c, "low_speed", 0, UINT32_MAX, &t->low_speed,
	    e) == -1)
		return (-1);
	return (0);
}
