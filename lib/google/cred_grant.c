/* SPDX-License-Identifier: Apache-2.0 */
#include "cred_grant.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cred_post.h"
#include "cred_subject.h"
#include "jwt.h"
#include "lib/base/clock.h"
#include "lib/base/dates.h"
#include "lib/base/err.h"
#include "lib/base/percent.h"
#include "lib/json/jload.h"
#include "lib/json/jsonw.h"

#define MAX_BODY ((size_t)64 << 10)
#define OAUTH    "https://oauth2.googleapis.com/token"
#define STS      "https://sts.googleapis.com/v1/token"
#define CLOUD    "https://www.googleapis.com/auth/cloud-platform"
#define FORM     "Content-Type: application/x-www-form-urlencoded"
#define LIFE_S   3600

static const char *
get_text_or(const json_t *conf, const char *key, const char *otherwise)
{
	const char *s = cred_post_text(conf, key);

	return (s == NULL ? otherwise : s);
}

/* Is member key absent, or a URL to which a secret may be sent? */
static int
check_token_url(const json_t *conf, const char *key, struct err *e)
{
	const char *url = cred_post_text(conf, key);

	if (url == NULL || cred_post_allowed(url))
		return (0);
	return (err_set_code(e, ERR_CONFIG, "foreign_host", "%s: not an https "
	    "URL of googleapis.com", key));
}

static int
check_members(const json_t *conf, const char *const *key, struct err *e)
{

	for (; *key != NULL; key++)
		if (cred_post_text(conf, *key) == NULL)
			return (err_set(e, ERR_CONFIG, "no \"%s\" in it",
			    *key));
	return (0);
}

static const char *const service[] = { "client_email", "private_key", NULL };
static const char *const user[] = { "client_id", "client_secret",
	"refresh_token", NULL };
static const char *const external[] = { "audience", "subject_token_type",
	NULL };
static const char *const impersonated[] = {
	"service_account_impersonation_url", NULL };

int
cred_grant_check(const json_t *conf, struct err *e)
{
	const char *type = get_text_or(conf, "type", "");

	if (check_token_url(conf, "token_uri", e) == -1 ||
	    check_token_url(conf, "token_url", e) == -1 ||
	    check_token_url(conf, "service_account_impersonation_url", e) == -1)
		return (-1);
	if (strcmp(type, "service_account") == 0)
		return (check_members(conf, service, e));
	if (strcmp(type, "authorized_user") == 0)
		return (check_members(conf, user, e));
	if (strcmp(type, "external_account") == 0) {
		if (check_members(conf, external, e) == -1)
			return (-1);
		return (cred_subject_check(conf, e));
	}
	if (strcmp(type, "impersonated_service_account") == 0) {
		if (check_members(conf, impersonated, e) == -1)
			return (-1);
		conf = json_object_get(conf, "source_credentials");
		if (conf == NULL || strcmp(get_text_or(conf, "type", ""),
		    "impersonated_service_account") == 0)
			return (err_set(e, ERR_CONFIG, "no usable "
			    "\"source_credentials\" in it"));
		return (cred_grant_check(conf, e));
	}
	return (err_set(e, ERR_CONFIG, "a credential of a type that is not "
	    "supported (service_account, authorized_user, external_account, "
	    "impersonated_service_account)"));
}

/* Take token and life out of an OAuth answer (RFC 6749 5.1). */
static int
take_token(struct cred_grant *g, const json_t *answer, struct err *e)
{
	const char *token = cred_post_text(answer, "access_token");
	const json_t *life = json_object_get(answer, "expires_in");

	if (token == NULL || *token == '\0')
		return (err_set(e, ERR_TEMP, "an answer without access_token"));
	g->life_s = json_is_integer(life) && json_integer_value(life) > 0
	    ? (int64_t)json_integer_value(life) : LIFE_S;
	return (buf_puts(&g->token, token) == -1 ? err_nomem(e) : 0);
}

/* POST a form and take the token that comes back. */
static int
exchange_form(struct cred_grant *g, const char *url, struct buf *form,
    struct err *e)
{
	json_t *answer;
	int rc;

	answer = cred_post_json(g->http, url, NULL, FORM, form, e);
	buf_free(form);
	if (answer == NULL)
		return (-1);
	rc = take_token(g, answer, e);
	json_decref(answer);
	return (rc);
}

/*
 * A service account signs for itself: a JWT with a scope is an access token
 * (self-signed JWT), or is exchanged for one (RFC 7523).
 */
static int
grant_service_account(struct cred_grant *g, const json_t *conf, struct err *e)
{
	const char *email = cred_post_text(conf, "client_email");
	const char *uri = get_text_or(conf, "token_uri", OAUTH);
	int swap = getenv("NF_CRED_EXCHANGE") != NULL;
	int64_t now = clock_micros() / 1000000;
	struct buf claims, form, jwt;
	int rc;

	buf_init(&claims, MAX_BODY);
	buf_init_secret(&jwt, MAX_BODY);
	buf_putc(&claims, '{');
	jsonw_str(&claims, "iss", email);
	if (swap)
		jsonw_str(&claims, "aud", uri);
	else
		jsonw_str(&claims, "sub", email);
	jsonw_str(&claims, "scope", g->scope);
	jsonw_i64(&claims, "iat", now);
	jsonw_i64(&claims, "exp", now + LIFE_S);
	buf_putc(&claims, '}');
	rc = claims.failed ? err_nomem(e) : jwt_sign((char *)claims.data,
	    claims.len, cred_post_text(conf, "private_key_id"),
	    cred_post_text(conf, "private_key"), &jwt, e);
	if (rc == 0 && !swap) {
		g->life_s = LIFE_S;
		rc = buf_append(&g->token, jwt.data, jwt.len) == -1
		    ? err_nomem(e) : 0;
	} else if (rc == 0) {
		buf_init_secret(&form, MAX_BODY);
		cred_post_form(&form, "grant_type",
		    "urn:ietf:params:oauth:grant-type:jwt-bearer");
		cred_post_form(&form, "assertion", buf_cstr(&jwt));
		rc = exchange_form(g, uri, &form, e);
	}
	buf_free(&claims);
	buf_free(&jwt);
	return (rc);
}

static int
grant_user(struct cred_grant *g, const json_t *conf, struct err *e)
{
	struct buf form;

	buf_init_secret(&form, MAX_BODY);
	cred_post_form(&form, "grant_type", "refresh_token");
	cred_post_form(&form, "client_id", cred_post_text(conf, "client_id"));
	cred_post_form(&form, "client_secret", cred_post_text(conf,
	    "client_secret"));
	cred_post_form(&form, "refresh_token", cred_post_text(conf,
	    "refresh_token"));
	return (exchange_form(g, get_text_or(conf, "token_uri", OAUTH), &form,
	    e));
}

/* How long until an RFC 3339 time. */
static int64_t
measure_life(const char *when)
{
	struct dates_fields f;
	int64_t us;

	if (when == NULL || dates_parse(when, strlen(when), NULL, &f) == -1 ||
	    dates_micros(&f, &us) == -1)
		return (LIFE_S);
	return ((us - clock_micros()) / 1000000);
}

/* Trade the token in g for one of the service account that url names. */
static int
impersonate_account(struct cred_grant *g, const json_t *conf, struct err *e)
{
	const json_t *delegates = json_object_get(conf, "delegates"), *d;
	const json_t *life = json_object_get(json_object_get(conf,
	    "service_account_impersonation"), "token_lifetime_seconds");
	struct buf body, auth;
	json_t *answer;
	const char *token;
	size_t i;
	int rc = -1;

	buf_init(&body, MAX_BODY);
	buf_init_secret(&auth, MAX_BODY);
	buf_puts(&auth, "Authorization: Bearer ");
	buf_append(&auth, g->token.data, g->token.len);
	buf_puts(&body, "{\"delegates\":[");
	json_array_foreach(delegates, i, d) {
		if (i > 0)
			buf_putc(&body, ',');
		jsonw_cstring(&body, json_is_string(d) ?
		    json_string_value(d) : "");
	}
	buf_puts(&body, "],\"scope\":[");
	jsonw_cstring(&body, g->scope);
	buf_printf(&body, "],\"lifetime\":\"%" PRId64 "s\"}",
	    json_is_integer(life) ? (int64_t)json_integer_value(life) :
	    (int64_t)LIFE_S);
	answer = cred_post_json(g->http,
	    cred_post_text(conf, "service_account_impersonation_url"),
	    buf_cstr(&auth), "Content-Type: application/json", &body, e);
	buf_free(&auth);
	buf_free(&body);
	buf_free(&g->token);
	if (answer == NULL)
		return (-1);
	token = cred_post_text(answer, "accessToken");
	if (token == NULL || *token == '\0')
		err_set(e, ERR_TEMP, "an answer without accessToken");
	else
		rc = buf_puts(&g->token, token) == -1 ? err_nomem(e) : 0;
	g->life_s = measure_life(cred_post_text(answer, "expireTime"));
	json_decref(answer);
	return (rc);
}

/* Workload identity: a foreign token for one of ours (RFC 8693). */
static int
grant_external(struct cred_grant *g, const json_t *conf, struct err *e)
{
	int more = cred_post_text(conf, "service_account_impersonation_url") !=
	    NULL;
	struct buf form, subject;
	int rc = -1;

	buf_init_secret(&form, MAX_BODY);
	buf_init_secret(&subject, MAX_BODY);
	if (cred_subject_get(g->http, conf, &subject, e) == 0) {
		cred_post_form(&form, "grant_type",
		    "urn:ietf:params:oauth:grant-type:token-exchange");
		cred_post_form(&form, "audience", cred_post_text(conf,
		    "audience"));
		cred_post_form(&form, "scope", more ? CLOUD : g->scope);
		cred_post_form(&form, "requested_token_type",
		    "urn:ietf:params:oauth:token-type:access_token");
		cred_post_form(&form, "subject_token", buf_cstr(&subject));
		cred_post_form(&form, "subject_token_type",
		    cred_post_text(conf, "subject_token_type"));
		rc = exchange_form(g, get_text_or(conf, "token_url", STS),
		    &form, e);
	}
	buf_free(&subject);
	buf_free(&form);
	return (rc == 0 && more ? impersonate_account(g, conf, e) : rc);
}

int
cred_grant_file(struct cred_grant *g, const json_t *conf, struct err *e)
{
	const char *type = get_text_or(conf, "type", ""), *scope = g->scope;
	int rc;

	buf_free(&g->token);
	if (strcmp(type, "service_account") == 0)
		return (grant_service_account(g, conf, e));
	if (strcmp(type, "authorized_user") == 0)
		return (grant_user(g, conf, e));
	if (strcmp(type, "external_account") == 0)
		return (grant_external(g, conf, e));
	/* cred_grant_check has seen to it that this is impersonation. */
	g->scope = CLOUD;
	rc = cred_grant_file(g, json_object_get(conf, "source_credentials"),
	    e);
	g->scope = scope;
	return (rc == 0 ? impersonate_account(g, conf, e) : -1);
}

int
cred_grant_metadata(struct cred_grant *g, struct err *e)
{
	static const char path[] =
	    "/computeMetadata/v1/instance/service-accounts/default/token";
	const char *host = getenv("GCE_METADATA_HOST");
	json_t *answer = NULL;
	struct buf url, out;
	int rc = -1;

	buf_free(&g->token);
	buf_init(&url, 4096);
	buf_init_secret(&out, MAX_BODY);
	buf_printf(&url, "http://%s%s?scopes=", host != NULL && *host != '\0'
	    ? host : "metadata.google.internal", path);
	percent_encode(&url, g->scope, strlen(g->scope));
	if (cred_subject_metadata(buf_cstr(&url), &out, e) == 0) {
		answer = jload_bytes(out.data, out.len, 0, NULL, e);
		rc = answer == NULL ? err_set(e, ERR_TEMP, "metadata server: "
		    "the answer is not valid JSON") : take_token(g, answer, e);
	}
	json_decref(answer);
	buf_free(&url);
	buf_free(&out);
	return (rc);
}
