/* SPDX-License-Identifier: Apache-2.0 */
#include "source_login.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/err.h"
#include "lib/json/config.h"
#include "lib/json/ptr.h"
#include "source_read.h"
#include "source_request.h"
#include "source_vars.h"
#include "spec.h"
#include "url.h"

/* "secrets": the value of each {NAME} in the request, by name. */
static int
load_secrets(const struct config *c, struct source *login, struct err *e)
{
	struct config secrets, one;
	const char *text;
	void *iter = NULL;
	int rc = config_get_object(c, "secrets", NULL, &secrets, e);

	if (rc <= 0)
		return (rc);
	login->vars = secrets.json;
	while (config_each(&secrets, &iter, &one))
		if (source_read_secret(&secrets, one.key, &text, e) == -1)
			return (-1);
	return (0);
}

/* What its response gives, and how that is sent. */
static int
load_token(const struct config *c, struct auth_spec *a, struct err *e)
{

	if (source_read_place(c, "token", &a->token, e) == -1 ||
	    source_read_ptr(c, "expires", &a->expires, e) == -1 ||
	    config_get_string(c, "header", &a->header, e) == -1 ||
	    config_get_string(c, "prefix", &a->prefix, e) == -1)
		return (-1);
	if (a->token.ptr == NULL && a->token.header == NULL)
		return (a->header == NULL && a->prefix == NULL &&
		    a->expires == NULL ? 0 : config_error_at(c, "token", e,
		    "missing: where the token is in the answer"));
	if (a->header == NULL)
		a->header = "Authorization";
	if (a->prefix == NULL)
		a->prefix = strcasecmp(a->header, "Authorization") == 0 ?
		    "Bearer " : "";
	return (0);
}

int
source_login_load(const struct config *top, struct auth_spec *a,
    struct err *e)
{
	static const char *const keys[] = { "type", "request", "secrets",
		"token", "expires", "header", "prefix", NULL };
	static const char *const parts[] = { "url", "method", "query",
		"headers", "body", NULL };
	struct config c, request;
	struct source *login;

	if (a->type != AUTH_LOGIN || !config_member(top, "auth", &c))
		return (0);
	if (config_object(&c, keys, e) == -1)
		return (-1);
	if (!config_member(&c, "request", &request))
		return (config_error_at(&c, "request", e, "missing: what is "
		    "asked to log in"));
	a->login = login = calloc(1, sizeof(*login));
	if (login == NULL)
		return (err_nomem(e));
	if (config_object(&request, parts, e) == -1 ||
	    source_request_load(&login->request, &request, e) == -1 ||
	    source_request_pairs(&request, "headers", &login->headers, e) ==
	    -1 || load_secrets(&c, login, e) == -1 ||
	    load_token(&c, a, e) == -1)
		return (-1);
	login->url = login->request.url;
	return (login->url != NULL ? source_vars_tighten(login, e) :
	    config_error_at(&request, "url", e, "missing"));
}

void
source_login_free(struct auth_spec *a)
{

	ptr_free(a->token.ptr);
	ptr_free(a->expires);
	if (a->login == NULL)
		return;
	source_request_free(&a->login->request);
	free(a->login->headers.item);
	free(a->login);
}

int
source_login_check(const struct source *s, const struct config *top,
    struct err *e)
{
	const struct auth_spec *a = &s->auth;
	struct err why = { .class = ERR_NONE };
	struct config c, request;

	if (a->login == NULL || !config_member(top, "auth", &c) ||
	    !config_member(&c, "request", &request))
		return (0);
	if (url_check(a->login->url, &why) == -1)
		return (config_error_at(&request, "url", e, "%s", why.msg));
	if (a->token.ptr == NULL && a->token.header == NULL &&
	    !url_same_origin(a->login->url, s->url))
		return (config_error_at(&request, "url", e, "of another origin "
		    "than \"url\", to which its cookie does not go (\"token\" "
		    "missing?)"));
	return (source_vars_check(a->login, &request, e));
}
