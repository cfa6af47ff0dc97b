/* SPDX-License-Identifier: Apache-2.0 */
#include "cred_subject.h"

#include <string.h>

#include "cred_post.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/http/http.h"
#include "lib/json/jload.h"

#define MAX_TOKEN   ((size_t)64 << 10)
#define MAX_HEADERS 16

int
cred_subject_check(const json_t *conf, struct err *e)
{
	const json_t *source = json_object_get(conf, "credential_source");

	if (json_object_get(source, "executable") != NULL)
		return (err_set(e, ERR_CONFIG, "credential_source: running an "
		    "executable is not supported"));
	if (cred_post_text(source, "environment_id") != NULL)
		return (err_set(e, ERR_CONFIG, "credential_source: AWS is not "
		    "supported"));
	if (cred_post_text(source, "file") == NULL && cred_post_text(source,
	    "url") == NULL)
		return (err_set(e, ERR_CONFIG, "credential_source: neither "
		    "file nor url"));
	return (0);
}

/* GET the URL of a source, with the headers it names. */
static int
get_from_url(struct http *h, const json_t *source, struct buf *out,
    struct err *e)
{
	const char *headers[MAX_HEADERS + 1], *key;
	struct buf line[MAX_HEADERS];
	struct http_request req = { .method = "GET",
		.url = cred_post_text(source, "url"), .headers = headers };
	const json_t *value, *all = json_object_get(source, "headers");
	void *it = json_object_iter((json_t *)(uintptr_t)all);
	size_t i, n = 0;
	int rc;

	for (; it != NULL && n < MAX_HEADERS;
	    it = json_object_iter_next((json_t *)(uintptr_t)all, it), n++) {
		key = json_object_iter_key(it);
		value = json_object_iter_value(it);
		buf_init(&line[n], MAX_TOKEN);
		buf_printf(&line[n], "%s: %s", key, json_is_string(value)
		    ? json_string_value(value) : "");
		headers[n] = buf_cstr(&line[n]);
	}
	headers[n] = NULL;
	rc = cred_post_send(h, &req, out, e);
	for (i = 0; i < n; i++)
		buf_free(&line[i]);
	return (rc);
}

/* The token is the text, or a member of the JSON that the text is. */
static int
pick_subject(const json_t *source, struct buf *raw, struct buf *out, struct err
    *e)
{
	const json_t *format = json_object_get(source, "format");
	const char *type = cred_post_text(format, "type"), *token;
	const char *field = cred_post_text(format, "subject_token_field_name");
	json_t *root;
	int rc = 0;

	if (type == NULL || strcmp(type, "text") == 0) {
		while (raw->len > 0 && (raw->data[raw->len - 1] == '\n' ||
		    raw->data[raw->len - 1] == '\r'))
			raw->len--;
		if (raw->len == 0)
			return (err_set(e, ERR_TEMP, "credential_source: "
			    "the subject token is empty"));
		return (buf_append(out, raw->data, raw->len) == -1
		    ? err_nomem(e) : 0);
	}
	root = raw->len == 0 ? NULL
	    : jload_bytes(raw->data, raw->len, 0, NULL, e);
	token = field == NULL ? NULL : cred_post_text(root, field);
	if (token == NULL)
		rc = err_set(e, ERR_CONFIG, "credential_source: no subject "
		    "token where \"format\" says");
	else if (buf_puts(out, token) == -1)
		rc = err_nomem(e);
	json_decref(root);
	return (rc);
}

int
cred_subject_get(struct http *h, const json_t *conf, struct buf *out,
    struct err *e)
{
	const json_t *source = json_object_get(conf, "credential_source");
	const char *file = cred_post_text(source, "file");
	struct buf raw;
	int rc;

	buf_init_secret(&raw, MAX_TOKEN);
	rc = file != NULL ? io_slurp(file, MAX_TOKEN, &raw, e)
			  : get_from_url(h, source, &raw, e);
	if (rc == 0)
		rc = pick_subject(source, &raw, out, e);
	buf_free(&raw);
	return (rc);
}

/* Ask once; 0, -1. */
static int
ask_metadata(struct http *h, const struct http_request *req, struct buf *out,
    struct err *e)
{
	const struct http_response *a;
	struct http_call *call = NULL;
	char flavor[32];
	int rc = -1;

	if ((a = http_perform(h, req, &call, e)) == NULL) {
		rc = -1;
	} else if (http_header(a, "metadata-flavor", flavor,
	    sizeof(flavor)) != 1 || strcmp(flavor, "Google") != 0) {
		err_set(e, ERR_PERM, "what answers there is not a metadata "
		    "server");
	} else if (a->status != 200) {
		err_set(e, http_retryable(a->status) ? ERR_TEMP : ERR_PERM,
		    "metadata server: HTTP %d", a->status);
	} else {
		rc = buf_append(out, a->body.data, a->body.len) == -1
		    ? err_nomem(e) : 0;
	}
	http_end(h, call);
	return (rc);
}

int
cred_subject_metadata(const char *url, struct buf *out, struct err *e)
{
	static const char *const headers[] = { "Metadata-Flavor: Google",
		NULL };
	struct http_request req = { .method = "GET", .url = url,
		.headers = headers, .secret = true };
	struct http_conf conf;
	struct http *direct;
	struct err try;
	int tries, rc = -1;

	http_conf_default(&conf);
	conf.proxy = ""; /* the metadata server is never behind one */
	conf.connect_ms = 3000;
	conf.first_byte_ms = 10000;
	if ((direct = http_new(&conf, e)) == NULL)
		return (-1);
	for (tries = 0; rc == -1 && tries < 3; tries++) {
		memset(&try, 0, sizeof(try));
		rc = ask_metadata(direct, &req, out, &try);
		if (rc == -1 && try.class != ERR_TEMP)
			break;
	}
	http_free(direct);
	if (rc == -1 && e->class == ERR_NONE)
		*e = try;
	return (rc);
}
