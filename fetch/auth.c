/* SPDX-License-Identifier: Apache-2.0 */
#include "auth.h"

#include <stdlib.h>
#include <string.h>

#include "fetch/source/redact.h"
#include "fetch/source/source_vars.h"
#include "fetch/source/spec.h"
#include "fetch/source/template.h"
#include "fetch/source/url.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "lib/http/http.h"
#include "lib/report/msg.h"
#include "login.h"
#include "origin.h"
#include "request.h"
#include "token.h"

#define MAX_LOGIN (1U << 20) /* bytes of the response to a login */

struct auth {
	const struct source *source;
	const struct auth_spec *spec;
	struct redact *hidden;
	struct http *http; /* for tokens */
	struct cookies *jar;
	struct buf secret; /* what is sent, except tokens and */
	struct buf key[MAX_KEYS]; /* API keys */
	struct token token;
	bool ready;
	uint64_t count; /* of secrets, including the next one sent */
	bool renewed; /* since the last answer that was not 401 */
	uint64_t worked; /* one more than the number of the last that did */
};

/* "user:password", in base64 (RFC 7617). */
static int
read_basic(struct auth *a, struct err *e)
{
	struct buf user, password;
	const char *colon;
	int rc = -1;

	buf_init_secret(&user, 2 * SECRET_MAX);
	buf_init_secret(&password, SECRET_MAX);
	if (secret_read(a->spec->user_ref, &user, e) == 0 &&
	    (a->spec->password_ref == NULL ||
	    secret_read(a->spec->password_ref, &password, e) == 0)) {
		if (a->spec->password_ref != NULL) {
			buf_putc(&user, ':');
			buf_append(&user, password.data, password.len);
		}
		buf_reset(&a->secret);
		base64_encode(&a->secret, user.data, user.len);
		rc = user.failed || a->secret.failed ? err_nomem(e) : 0;
		colon = rc == 0 ? strchr(buf_cstr(&user), ':') : NULL;
		if (colon != NULL)
			rc = redact_add(a->hidden, colon + 1, e);
	}
	buf_free(&user);
	buf_free(&password);
	return (rc);
}

static bool
uses_token(const struct auth *a)
{

	return (a->spec->type == AUTH_OAUTH2 ||
	    a->spec->type == AUTH_GOOGLE_ID || a->spec->type == AUTH_LOGIN);
}

/* Read the keys of the API, each of which is hidden. */
static int
read_keys(struct auth *a, struct err *e)
{
	size_t i;

	for (i = 0; i < a->spec->nkeys; i++)
		if (secret_read(a->spec->keys[i].ref, &a->key[i], e) == -1 ||
		    redact_add(a->hidden, buf_cstr(&a->key[i]), e) == -1)
			return (-1);
	return (0);
}

/* Read or fetch the credentials to send. */
static int
read_credential(struct auth *a, struct err *e)
{
	int rc = 0;

	switch (a->spec->type) {
	case AUTH_NONE:
		break;
	case AUTH_BEARER:
		rc = secret_read(a->spec->token_ref, &a->secret, e);
		break;
	case AUTH_BASIC:
		rc = read_basic(a, e);
		break;
	case AUTH_API_KEY:
		rc = read_keys(a, e);
		break;
	case AUTH_OAUTH2:
		rc = token_oauth2(&a->token, a->spec, a->http, e);
		break;
	case AUTH_GOOGLE_ID:
		rc = token_google_id(&a->token, a->spec, a->http, e);
		break;
	case AUTH_LOGIN:
		rc = login_run(&a->token, a->spec, a->http, a->jar, a->hidden,
		    e);
		break;
	}
	if (rc == 0 && a->spec->type != AUTH_API_KEY)
		rc = redact_add(a->hidden, buf_cstr(uses_token(a) ?
		    &a->token.text : &a->secret), e);
	a->ready = rc == 0;
	return (rc ? err_prefix(e, "auth") : 0);
}

static bool
is_not_env(void *arg, const char *name, size_t n)
{

	(void)arg;
	return (!source_vars_is_env(name, n));
}

static bool
uses_env(void *arg, const char *text)
{
	struct err e = { 0 };

	(void)arg;
	return (template_check(text, is_not_env, NULL, &e) != 0);
}

struct auth *
auth_new(const struct source *s, const struct http_conf *conf, bool idle,
    struct redact *hidden, struct cookies *jar, struct err *e)
{
	struct http_conf quick = *conf;
	struct err missing = { 0 };
	struct auth *a;
	size_t i;

	a = calloc(1, sizeof(*a));
	if (a == NULL) {
		err_nomem(e);
		return (NULL);
	}
	a->source = s;
	a->spec = &s->auth;
	a->hidden = hidden;
	a->jar = jar;
	buf_init_secret(&a->secret, 4 * SECRET_MAX);
	for (i = 0; i < MAX_KEYS; i++)
		buf_init_secret(&a->key[i], SECRET_MAX);
	token_init(&a->token);
	if (s->auth.type == AUTH_GOOGLE_ID)
		quick.proxy = "";
	quick.max_body = s->auth.type == AUTH_LOGIN ? MAX_LOGIN : SECRET_MAX;
	quick.total_ms = 30000;
	if (idle && !uses_token(a))
		(void)read_credential(a, &missing); /* replays may have it */
	if (idle || (s->auth.type == AUTH_NONE &&
	    !source_vars_texts(s, uses_env, NULL)))
		return (a);
	if (origin_private(s, s->url, e) == -1 ||
	    (s->auth.type == AUTH_OAUTH2 &&
	    origin_private(s, s->auth.token_url, e) == -1) ||
	    (s->auth.type == AUTH_LOGIN &&
	    origin_private(s, s->auth.login->url, e) == -1) ||
	    (uses_token(a) && (a->http = http_new(&quick, e)) == NULL) ||
	    (!uses_token(a) && read_credential(a, e) == -1)) {
		auth_free(a);
		return (NULL);
	}
	msg_trace(MSG_DEBUG, "credentials", "the API gets credentials of kind "
	    "%s", spec_auth_types[s->auth.type]);
	return (a);
}

void
auth_free(struct auth *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = 0; i < MAX_KEYS; i++)
		buf_free(&a->key[i]);
	http_free(a->http);
	buf_free(&a->secret);
	token_free(&a->token);
	free(a);
}

/* Add "Name: scheme secret" to a request. */
static void
add_credential(struct request *r, const char *name, const char *scheme,
    const struct buf *secret)
{

	buf_puts(&r->head, name);
	buf_puts(&r->head, ": ");
	buf_puts(&r->head, scheme);
	buf_append(&r->head, secret->data, secret->len);
	buf_putc(&r->head, '\0');
}

static void
add_credential_param(struct request *r, const char *name, const struct buf
    *secret)
{
	struct buf old = r->url;

	buf_init_secret(&r->url, old.max);
	if (buf_cstr(&old) != NULL)
		url_set_param((const char *)old.data, name, secret->data,
		    secret->len, &r->url);
	else
		r->url.failed = true;
	buf_free(&old);
}

int
auth_apply(struct auth *a, struct request *r, struct err *e)
{
	const struct auth_spec *spec = a->spec;
	size_t i;

	if (!r->own || spec->type == AUTH_NONE)
		return (0);
	if (uses_token(a) && a->token.expires_ms != 0 &&
	    clock_mono_ms() >= a->token.expires_ms) {
		a->ready = false;
		a->count++;
	}
	if (!a->ready && read_credential(a, e) == -1)
		return (-1);
	if (spec->type == AUTH_LOGIN && a->token.text.len > 0)
		add_credential(r, spec->header, spec->prefix, &a->token.text);
	else if (uses_token(a) && spec->type != AUTH_LOGIN)
		add_credential(r, "Authorization", "Bearer ", &a->token.text);
	else if (spec->type == AUTH_BEARER)
		add_credential(r, "Authorization", "Bearer ", &a->secret);
	else if (spec->type == AUTH_BASIC)
		add_credential(r, "Authorization", "Basic ", &a->secret);
	for (i = 0; i < spec->nkeys; i++)
		if (spec->keys[i].header != NULL)
			add_credential(r, spec->keys[i].header, "",
			    &a->key[i]);
		else
			add_credential_param(r, spec->keys[i].query,
			    &a->key[i]);
	if (buf_fits(&r->head, ERR_CONFIG, "the header", e) == -1 ||
	    buf_fits(&r->url, ERR_CONFIG, "the URL", e) == -1)
		return (err_prefix(e, "auth"));
	return (0);
}

uint64_t
auth_token(const struct auth *a)
{

	return (a->count);
}

bool
auth_expires(const struct auth *a)
{

	return (uses_token(a) || (a->spec->token_ref != NULL &&
	    strncmp(a->spec->token_ref, "file:", 5) == 0));
}

bool
auth_refused(struct auth *a, uint64_t token)
{

	if (!auth_expires(a))
		return (false);
	if (token < a->count)
		return (true); /* there is a newer one */
	if (a->renewed)
		return (false);
	a->renewed = true;
	a->ready = false;
	a->count++;
	return (true);
}

void
auth_worked(struct auth *a, uint64_t token)
{

	a->renewed = false;
	if (a->worked <= token)
		a->worked = token + 1;
}

bool
auth_has_worked(const struct auth *a, uint64_t token)
{

	return (a->worked > token);
}
