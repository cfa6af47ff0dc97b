/* SPDX-License-Identifier: Apache-2.0 */
#include "cred_grant.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cred_metadata.h"
#include "cred_post.h"
#include "cred_subject.h"
#include "jwt.h"
#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/dates.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/base/percent.h"
#include "lib/json/jload.h"
#include "lib/json/jsonw.h"

#define MAX_BODY ((size_t)64 << 10)
#define MAX_PATH ((size_t)4096)
#define OAUTH    "https://oauth2.googleapis.com/token"
#define STS      "https://sts.googleapis.com/v1/token"
#define CLOUD    CRED_GRANT_CLOUD
#define FORM     "Content-Type: application/x-www-form-urlencoded"
#define LIFE_S   3600

static const char *
get_string_or(const json_t *conf, const char *key, const char *otherwise)
{
	const char *s = cred_post_text(conf, key);

	return (s == NULL ? otherwise : s);
}

/* Take the token and its life from an OAuth response (RFC 6749 5.1). */
static int
take_token(struct cred_grant *g, const json_t *answer, struct err *e)
{
	const char *token = cred_post_text(answer, "access_token");
	const json_t *life = json_object_get(answer, "expires_in");
	const char *digits = json_string_value(life);
	uint64_t n;

	if (token == NULL || *token == '\0')
		return (err_set_code(e, ERR_TEMP, "no_token",
		    "an answer without access_token"));
	g->life_s = LIFE_S;
	if (json_is_integer(life) && json_integer_value(life) > 0)
		g->life_s = (int64_t)json_integer_value(life);
	else if (digits != NULL && number_read(digits, 1, INT32_MAX, &n) == 0)
		g->life_s = (int64_t)n;
	return (buf_puts(&g->token, token) == -1 ? err_nomem(e) : 0);
}

/*
 * POST a form with the header ${auth} (or NULL), and take the token from the
 * response.
 */
static int
exchange_form(struct cred_grant *g, const char *url, const char *auth,
    struct buf *form, struct err *e)
{
	json_t *answer;
	int rc;

	answer = cred_post_json(g->http, url, auth, FORM, form, &g->wait_ms,
	    e);
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
	const char *uri = get_string_or(conf, "token_uri", OAUTH);
	bool swap = getenv("NF_CRED_EXCHANGE") != NULL;
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
		rc = exchange_form(g, uri, NULL, &form, e);
	}
	buf_free(&claims);
	buf_free(&jwt);
	return (rc);
}

static int
grant_authorized_user(struct cred_grant *g, const json_t *conf, struct err *e)
{
	struct buf form;

	buf_init_secret(&form, MAX_BODY);
	cred_post_form(&form, "grant_type", "refresh_token");
	cred_post_form(&form, "client_id", cred_post_text(conf, "client_id"));
	cred_post_form(&form, "client_secret", cred_post_text(conf,
	    "client_secret"));
	cred_post_form(&form, "refresh_token", cred_post_text(conf,
	    "refresh_token"));
	return (exchange_form(g, get_string_or(conf, "token_uri", OAUTH),
	    NULL, &form, e));
}

/*
 * The life of a token that was requested for ${life} seconds and expires at
 * ${when} (RFC 3339), by a clock that may differ from ours.
 */
static int64_t
read_life(const char *when, int64_t life)
{
	struct dates_fields f;
	int64_t us, left;

	if (when == NULL || dates_parse(when, strlen(when), NULL, &f) == -1 ||
	    dates_micros(&f, &us) == -1)
		return (life);
	left = (us - clock_micros()) / 1000000;
	return (left > 0 && left < life ? left : life);
}

int
cred_grant_impersonate(struct cred_grant *g, const json_t *conf,
    struct err *e)
{
	const json_t *delegates = json_object_get(conf, "delegates"), *d;
	const json_t *asked = json_object_get(json_object_get(conf,
	    "service_account_impersonation"), "token_lifetime_seconds");
	int64_t life = json_is_integer(asked) ? json_integer_value(asked) :
	    LIFE_S;
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
	buf_printf(&body, "],\"lifetime\":\"%" PRId64 "s\"}", life);
	answer = cred_post_json(g->http,
	    cred_post_text(conf, "service_account_impersonation_url"),
	    buf_cstr(&auth), "Content-Type: application/json", &body,
	    &g->wait_ms, e);
	buf_free(&auth);
	buf_free(&body);
	buf_free(&g->token);
	if (answer == NULL)
		return (err_prefix(e, "impersonation"));
	token = cred_post_text(answer, "accessToken");
	if (token == NULL || *token == '\0')
		err_set_code(e, ERR_TEMP, "no_token",
		    "impersonation: an answer without accessToken");
	else
		rc = buf_puts(&g->token, token) == -1 ? err_nomem(e) : 0;
	g->life_s = read_life(cred_post_text(answer, "expireTime"), life);
	json_decref(answer);
	return (rc);
}

/* The header that identifies a client of STS; "" if it has no id. */
static int
add_basic_header(const json_t *conf, struct buf *auth, struct err *e)
{
	const char *id = cred_post_text(conf, "client_id");
	const char *secret = cred_post_text(conf, "client_secret");
	struct buf plain;

	if (id == NULL || secret == NULL)
		return (0);
	buf_init_secret(&plain, MAX_BODY);
	buf_printf(&plain, "%s:%s", id, secret);
	buf_puts(auth, "Authorization: Basic ");
	if (!plain.failed)
		base64_encode(auth, plain.data, plain.len);
	if (plain.failed || auth->failed)
		err_nomem(e);
	buf_free(&plain);
	return (e->class == ERR_NONE ? 0 : -1);
}

/* Workload identity: exchange a subject token for a Google one (RFC 8693). */
static int
grant_external_account(struct cred_grant *g, const json_t *conf,
    struct err *e)
{
	bool more = cred_post_text(conf, "service_account_impersonation_url") !=
	    NULL;
	struct buf form, subject, auth;
	int rc = -1;

	buf_init_secret(&form, MAX_BODY);
	buf_init_secret(&subject, MAX_BODY);
	buf_init_secret(&auth, 2 * MAX_BODY);
	if (cred_subject_get(g->http, conf, &subject, &g->wait_ms, e) == 0 &&
	    add_basic_header(conf, &auth, e) == 0) {
		cred_post_form(&form, "grant_type",
		    "urn:ietf:params:oauth:grant-type:token-exchange");
		cred_post_form(&form, "audience",
		    cred_post_text(conf, "audience"));
		cred_post_form(&form, "scope", more ? CLOUD : g->scope);
		cred_post_form(&form, "requested_token_type",
		    "urn:ietf:params:oauth:token-type:access_token");
		cred_post_form(&form, "subject_token", buf_cstr(&subject));
		cred_post_form(&form, "subject_token_type",
		    cred_post_text(conf, "subject_token_type"));
		rc = exchange_form(g, get_string_or(conf, "token_url", STS),
		    auth.len > 0 ? buf_cstr(&auth) : NULL, &form, e);
	}
	buf_free(&subject);
	buf_free(&form);
	buf_free(&auth);
	return (rc == 0 && more ? cred_grant_impersonate(g, conf, e) : rc);
}

int
cred_grant_file(struct cred_grant *g, const json_t *conf, struct err *e)
{
	const char *type = get_string_or(conf, "type", ""), *scope = g->scope;
	int rc;

	buf_free(&g->token);
	if (strcmp(type, "service_account") == 0)
		return (grant_service_account(g, conf, e));
	if (strcmp(type, "authorized_user") == 0)
		return (grant_authorized_user(g, conf, e));
	if (strcmp(type, "external_account") == 0)
		return (grant_external_account(g, conf, e));
	/* cred_file_check has made sure that this is impersonation. */
	g->scope = CLOUD;
	rc = cred_grant_file(g, json_object_get(conf, "source_credentials"),
	    e);
	g->scope = scope;
	return (rc == 0 ? cred_grant_impersonate(g, conf, e) : -1);
}

int
cred_grant_metadata(struct cred_grant *g, bool known, struct err *e)
{
	json_t *answer = NULL;
	struct buf path, out;
	int rc = -1;

	buf_free(&g->token);
	buf_init(&path, MAX_PATH);
	buf_init_secret(&out, MAX_BODY);
	buf_puts(&path, "/computeMetadata/v1/instance/service-accounts/default"
	    "/token?scopes=");
	percent_encode(&path, g->scope, strlen(g->scope));
	if (buf_cstr(&path) == NULL) {
		err_nomem(e);
	} else if (cred_metadata_get((const char *)path.data, known, &out,
	    e) == 0) {
		answer = jload_bytes(out.data, out.len, 0, NULL, e);
		rc = answer == NULL ? err_set_code(e, ERR_TEMP, "no_token",
		    "metadata server: the answer is not valid JSON") :
		    take_token(g, answer, e);
	}
	json_decref(answer);
	buf_free(&path);
	buf_free(&out);
	return (rc);
}
