/* SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "decode.h"
#include "fetch/source/spec.h"
#include "lib/base/backoff.h"
#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/base/percent.h"
#include "lib/base/secret.h"
#include "lib/http/http.h"
#include "lib/json/jload.h"
#include "lib/report/msg.h"
#include "lib/report/waiting.h"
#include "page.h"
#include "response.h"

#define TRIES 6
#define BASE_MS 500
#define CAP_MS 16000
#define TOTAL_MS 120000
#define MARGIN_MS 225000 /* a token is replaced so long before its end ... */
#define MAX_WAIT_MS 60000
#define MAX_ANSWER (1U << 20) /* unpacked */

void
token_init(struct token *t)
{

	memset(t, 0, sizeof(*t));
	buf_init_secret(&t->text, SECRET_MAX);
	buf_init_secret(&t->refresh, SECRET_MAX);
}

void
token_free(struct token *t)
{

	buf_free(&t->text);
	buf_free(&t->refresh);
}

void
token_expire(struct token *t, int64_t seconds)
{
	int64_t margin;

	t->expires_ms = 0;
	if (seconds <= 0 || seconds > INT32_MAX)
		return;
	margin = seconds * 1000 / 4;
	if (margin > MARGIN_MS)
		margin = MARGIN_MS;
	t->expires_ms = clock_mono_ms() + seconds * 1000 - margin;
}

/*
 * The response ${r} in the form in which pages are read: unpacked, in UTF-8,
 * without a byte order mark.  It is ${r} itself, or ${copy}, which must be
 * freed in any case.
 */
static const struct http_response *
read_plain(const struct http_response *r, struct http_response *copy,
    struct err *e)
{
	const uint8_t *p = r->body.data;
	size_t n = r->body.len;
	bool ignored;

	page_skip_mark(&p, &n);
	if (n == r->body.len && !decode_needed(r, CHARSET_UNKNOWN))
		return (r);
	if (response_copy(r, copy, e) == -1)
		return (NULL);
	if (decode_needed(r, CHARSET_UNKNOWN) && decode_answer(copy,
	    CHARSET_UNKNOWN, MAX_ANSWER, &ignored, e) == -1) {
		if (e->class != ERR_DATA && e->class != ERR_TEMP)
			return (NULL);
		err_clear(e); /* no token will be found in it */
		return (r);
	}
	p = copy->body.data;
	n = copy->body.len;
	page_skip_mark(&p, &n);
	memmove(copy->body.data, p, n);
	copy->body.len = n;
	return (copy);
}

/* Report the response of a token endpoint that did not grant a request. */
static int
report_refusal(const struct http_response *r, struct err *e)
{
	json_t *doc = jload_bytes(r->body.data, r->body.len, 0, NULL, e);
	const char *code = json_string_value(json_object_get(doc, "error"));

	if (code != NULL && strlen(code) < 64 &&
	    code[strspn(code, "abcdefghijklmnopqrstuvwxyz_")] == '\0')
		err_set_code(e, ERR_PERM, "no_token", "no token: HTTP %d, %s",
		    r->status, code);
	else
		err_set_code(e, r->status == 404 ? ERR_CONFIG : ERR_PERM,
		    "no_token", "no token: HTTP %d", r->status);
	json_decref(doc);
	return (-1);
}

/* Does ${status} grant the request? */
static bool
is_granted(int status, enum token_grant grant)
{

	return ((status >= 200 && status <= 299) ||
	    (grant == TOKEN_REDIRECTS && (status == 302 || status == 303)));
}

/* A token is sent in a header, but a response may contain anything. */
static int
check_token(const struct token *t, struct err *e)
{
	size_t i;

	for (i = 0; i < t->text.len; i++)
		if (t->text.data[i] < ' ' || t->text.data[i] == 0x7f)
			return (err_set_code(e, ERR_PERM, "no_token", "the "
			    "answer's token has a control character in it"));
	return (0);
}

/* Take the token from ${r}: 0, or -1 with the reason. */
static int
take_granted(const struct http_response *r, enum token_grant grant,
    token_take_fn *take, void *arg, struct token *t, struct err *e)
{
	struct http_response copy = { .status = 0 };
	const struct http_response *plain = read_plain(r, &copy, e);
	int rc = -1;

	if (plain != NULL && is_granted(r->status, grant))
		rc = take(arg, t, plain, e) == 0 ? check_token(t, e) : -1;
	else if (plain != NULL && http_retryable(r->status))
		err_set(e, ERR_TEMP, "no token: HTTP %d", r->status);
	else if (plain != NULL)
		report_refusal(plain, e);
	buf_free(&copy.headers);
	buf_free(&copy.body);
	return (rc);
}

int
token_request(struct http *h, const struct http_request *q, struct token *t,
    enum token_grant grant, token_take_fn *take, void *arg, struct err *e)
{
	const struct http_response *r;
	struct http_call *call;
	struct backoff b;
	int64_t wait, asked;
	int rc = -1;

	backoff_init(&b, BASE_MS, CAP_MS, TRIES, TOTAL_MS);
	for (;;) {
		r = http_perform(h, q, &call, e);
		asked = r == NULL ? 0 : r->retry_after_ms;
		if (r != NULL)
			rc = take_granted(r, grant, take, arg, t, e);
		http_end(h, call);
		if (rc == 0 || e->class != ERR_TEMP)
			return (rc);
		if (strcmp(e->code, "client_certificate") == 0 &&
		    b.tries + 1 >= TRIES)
			e->class = ERR_CONFIG; /* it was cut off each time */
		wait = backoff_next(&b, asked > MAX_WAIT_MS ? MAX_WAIT_MS :
		    asked);
		if (wait < 0)
			return (-1);
		waiting_begin(wait, " (try %" PRIu32 "): %s", b.tries + 1, e->msg);
		err_clear(e);
		waiting_sleep(wait);
	}
}

/*
 * Must requests with a token of ${type} be signed?  Otherwise it is a bearer
 * token, whatever the server calls it.
 */
static bool
needs_proof(const char *type)
{

	return (strcasecmp(type, "mac") == 0 || strcasecmp(type, "dpop") == 0);
}

/* A number of seconds, which some servers send as a text; 0: absent. */
static int64_t
read_lifetime(const json_t *v)
{
	const char *text = json_string_value(v);
	uint64_t n;

	if (text == NULL)
		return (json_number_value(v) > 0 && json_number_value(v) <=
		    INT32_MAX ? (int64_t)json_number_value(v) : 0);
	return (number_u64(text, strlen(text), INT32_MAX, &n) == 0 ?
	    (int64_t)n : 0);
}

/* Read the response of RFC 6749 section 5.1. */
static int
take_oauth2(void *arg, struct token *t, const struct http_response *r,
    struct err *e)
{
	json_t *doc = jload_bytes(r->body.data, r->body.len,
	    JSON_DECODE_INT_AS_REAL, NULL, e); /* however large */
	const char *text, *type, *refresh;
	int rc = 0;

	(void)arg;
	text = json_string_value(json_object_get(doc, "access_token"));
	type = json_string_value(json_object_get(doc, "token_type"));
	refresh = json_string_value(json_object_get(doc, "refresh_token"));
	buf_free(&t->text);
	if (text == NULL || text[0] == '\0' ||
	    (type != NULL && needs_proof(type)) ||
	    buf_puts(&t->text, text) == -1)
		rc = err_set_code(e, ERR_PERM, "no_token", "the token "
		    "endpoint's answer has no bearer token");
	token_expire(t, read_lifetime(json_object_get(doc, "expires_in")));
	if (rc == 0 && refresh != NULL && (t->refresh.len != strlen(refresh) ||
	    memcmp(t->refresh.data, refresh, t->refresh.len) != 0)) {
		if (t->refresh.len > 0)
			msg_log(MSG_WARNING, "refresh_token", "the server gave "
			    "a new refresh token: the stored one may be void");
		buf_free(&t->refresh);
		buf_puts(&t->refresh, refresh);
	}
	json_decref(doc);
	return (rc);
}

/* Append "&name=value", the value escaped. */
static void
add_form_field(struct buf *b, const char *name, const void *v, size_t n)
{

	if (b->len > 0)
		buf_putc(b, '&');
	buf_puts(b, name);
	buf_putc(b, '=');
	percent_encode(b, v, n);
}

/* Client id and secret, in the form or as an Authorization header. */
static int
add_client(const struct auth_spec *spec, struct buf *form, struct buf *head,
    struct err *e)
{
	struct buf id, secret, pair;
	int rc = -1;

	buf_init_secret(&id, SECRET_MAX);
	buf_init_secret(&secret, SECRET_MAX);
	buf_init_secret(&pair, 4 * SECRET_MAX);
	if (secret_read(spec->client_id_ref, &id, e) == 0 &&
	    (spec->client_secret_ref == NULL ||
	    secret_read(spec->client_secret_ref, &secret, e) == 0))
		rc = 0;
	if (rc == 0 && (spec->in_body || spec->client_secret_ref == NULL)) {
		add_form_field(form, "client_id", id.data, id.len);
		if (secret.len > 0)
			add_form_field(form, "client_secret", secret.data,
			    secret.len);
	} else if (rc == 0) {
		percent_encode(&pair, id.data, id.len); /* section 2.3.1 */
		buf_putc(&pair, ':');
		percent_encode(&pair, secret.data, secret.len);
		buf_puts(head, "Authorization: Basic ");
		base64_encode(head, pair.data, pair.len);
	}
	buf_free(&id);
	buf_free(&secret);
	buf_free(&pair);
	return (rc);
}

static int
make_form(struct token *t, const struct auth_spec *spec, struct buf *form,
    struct err *e)
{

	if (spec->refresh_ref != NULL) {
		if (t->refresh.len == 0 &&
		    secret_read(spec->refresh_ref, &t->refresh, e) == -1)
			return (-1);
		add_form_field(form, "grant_type", "refresh_token", 13);
		add_form_field(form, "refresh_token", t->refresh.data,
		    t->refresh.len);
	} else {
		add_form_field(form, "grant_type", "client_credentials", 18);
	}
	if (spec->scope != NULL)
		add_form_field(form, "scope", spec->scope, strlen(spec->scope));
	if (spec->audience != NULL)
		add_form_field(form, "audience", spec->audience,
		    strlen(spec->audience));
	return (0);
}

int
token_oauth2(struct token *t, const struct auth_spec *spec, struct http *h,
    struct err *e)
{
	struct buf form, head;
	const char *headers[] = {
		"Content-Type: application/x-www-form-urlencoded",
		"Accept: application/json", NULL, NULL };
	struct http_request q = { .method = "POST", .url = spec->token_url,
		.headers = headers };
	int rc = -1;

	buf_init_secret(&form, 16 * SECRET_MAX);
	buf_init_secret(&head, 16 * SECRET_MAX);
	if (make_form(t, spec, &form, e) == 0 &&
	    add_client(spec, &form, &head, e) == 0) {
		q.body = form.data;
		q.body_len = form.len;
		if (head.len > 0)
			headers[2] = buf_cstr(&head);
		rc = form.failed || head.failed ? err_nomem(e) :
		    token_request(h, &q, t, TOKEN_2XX, take_oauth2, NULL, e);
	}
	buf_free(&form);
	buf_free(&head);
	return (rc ? err_prefix(e, "oauth2") : 0);
}

/* Seconds until the end of a JWT, from its claims; 0 if it does not say. */
static int64_t
jwt_seconds(const struct buf *jwt, struct err *e)
{
	const char *p = (const char *)jwt->data, *end = p + jwt->len, *dot;
	const char *claims;
	struct buf b;
	json_t *doc = NULL;
	int64_t exp;

	buf_init_secret(&b, SECRET_MAX);
	dot = memchr(p, '.', jwt->len);
	claims = dot == NULL ? end : dot + 1;
	dot = memchr(claims, '.', (size_t)(end - claims));
	if (dot != NULL && base64_decode(&b, claims,
	    (size_t)(dot - claims)) == 0)
		doc = jload_bytes(b.data, b.len, 0, NULL, e);
	exp = json_integer_value(json_object_get(doc, "exp"));
	json_decref(doc);
	buf_free(&b);
	return (exp > 0 ? exp - clock_micros() / 1000000 : 0);
}

static int
take_google_id(void *arg, struct token *t, const struct http_response *r,
    struct err *e)
{
	char flavor[16];

	(void)arg;
	buf_free(&t->text);
	if (http_header(r, "metadata-flavor", flavor, sizeof(flavor)) != 1 ||
	    strcmp(flavor, "Google") != 0 || r->body.len == 0 ||
	    buf_append(&t->text, r->body.data, r->body.len))
		return (err_set_code(e, ERR_PERM, "no_token", "not the "
		    "metadata server's answer"));
	while (t->text.len > 0 && t->text.data[t->text.len - 1] <= ' ')
		t->text.len--;
	token_expire(t, jwt_seconds(&t->text, e));
	return (e->class == ERR_NONE ? 0 : -1);
}

int
token_google_id(struct token *t, const struct auth_spec *spec, struct http *h,
    struct err *e)
{
	static const char *const headers[] = { "Metadata-Flavor: Google",
		NULL };
	struct http_request q = { .method = "GET", .headers = headers };
	const char *host = getenv("GCE_METADATA_HOST");
	struct buf url;
	int rc;

	buf_init(&url, SECRET_MAX);
	buf_printf(&url, "http://%s/computeMetadata/v1/instance/"
	    "service-accounts/default/identity?format=full&audience=",
	    host != NULL ? host : "metadata.google.internal");
	percent_encode(&url, spec->audience, strlen(spec->audience));
	q.url = buf_cstr(&url);
	rc = q.url == NULL ? err_nomem(e) :
	    token_request(h, &q, t, TOKEN_2XX, take_google_id, NULL, e);
	buf_free(&url);
	return (rc ? err_prefix(e, "google_id") : 0);
}
