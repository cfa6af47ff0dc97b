/* SPDX-License-Identifier: Apache-2.0 */
#include "cred_post.h"

#include <stdlib.h>
#include <string.h>

#include "api_error.h"
#include "cred_answer.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/percent.h"
#include "lib/http/http.h"
#include "lib/json/jload.h"

#define MAX_ANSWER ((size_t)1 << 20)

/* Are the n bytes at host one of the hosts in the list? */
static bool
is_listed(const char *list, const char *host, size_t n)
{
	size_t len;

	while (list != NULL && *list != '\0') {
		len = strcspn(list, ",");
		if (len == n && strncmp(list, host, n) == 0)
			return (true);
		list += len + (list[len] == ',');
	}
	return (false);
}

bool
cred_post_allowed(const char *url)
{
	static const char suffix[] = ".googleapis.com";
	static const char accounts[] = "accounts.google.com";
	const char *host = strstr(url, "://");
	size_t n, s = sizeof(suffix) - 1;

	if (host == NULL)
		return (false);
	host += 3;
	n = strcspn(host, "/?#");
	/* Google's URLs have no user name, password or unusual character. */
	if (strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789.-:[]") < n)
		return (false);
	if (is_listed(getenv("NF_CRED_HOSTS"), host, n))
		return (true);
	if (strncmp(url, "https://", 8) != 0)
		return (false);
	if (n > s && strncmp(host + n - s, suffix, s) == 0)
		return (true);
	return (n == sizeof(accounts) - 1 && strncmp(host, accounts, n) == 0);
}

void
cred_post_form(struct buf *form, const char *key, const char *value)
{

	if (value == NULL)
		return;
	if (form->len > 0)
		buf_putc(form, '&');
	buf_puts(form, key);
	buf_putc(form, '=');
	percent_encode(form, value, strlen(value));
}

static int
refuse_token(const struct http_response *a, struct err *e)
{
	char why[API_ERROR_MAX];

	api_error(a, why);
	err_set_code(e, http_retryable(a->status) ? ERR_TEMP : ERR_PERM,
	    "no_token", "token endpoint: HTTP %d%s", a->status, why);
	return (-1);
}

int
cred_post_send(struct http *h, const struct http_request *req,
    struct buf *out, int64_t *wait_ms, struct err *e)
{
	struct http_request wiped = *req;
	const struct http_response *a;
	struct http_call *call = NULL;
	int rc = -1;

	wiped.secret = true;
	if ((a = cred_answer(h, &wiped, "the token endpoint", &call,
	    e)) != NULL) {
		if (a->retry_after_ms > *wait_ms)
			*wait_ms = a->retry_after_ms;
		if (a->status != 200)
			rc = refuse_token(a, e);
		else
			rc = buf_append(out, a->body.data, a->body.len) == -1
			    ? err_nomem(e) : 0;
	}
	http_end(h, call);
	return (rc);
}

json_t *
cred_post_json(struct http *h, const char *url, const char *auth,
    const char *type, const struct buf *body, int64_t *wait_ms,
    struct err *e)
{
	const char *headers[] = { type, auth, NULL };
	struct http_request req = { .method = "POST", .url = url,
		.headers = headers, .body = body->data,
		.body_len = body->len };
	json_t *root = NULL;
	struct buf out;

	buf_init_secret(&out, MAX_ANSWER);
	if (body->failed) {
		err_nomem(e);
	} else if (cred_post_send(h, &req, &out, wait_ms, e) == 0) {
		if (out.len > 0)
			root = jload_bytes(out.data, out.len, 0, NULL, e);
		if (root == NULL)
			err_set_code(e, ERR_TEMP, "no_token",
			    "token endpoint: the answer is not valid JSON");
	}
	buf_free(&out);
	return (root);
}

const char *
cred_post_text(const json_t *o, const char *key)
{

	return (json_string_value(json_object_get(o, key)));
}
