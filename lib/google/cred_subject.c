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

/* GET the URL of a source with its headers. */
static int
fetch_subject(struct http *h, const json_t *source, struct buf *out,
    int64_t *wait_ms, struct err *e)
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
	rc = cred_post_send(h, &req, out, wait_ms, e);
	for (i = 0; i < n; i++)
		buf_free(&line[i]);
	return (rc);
}

/* The token is the whole text, or a member if the text is JSON. */
static int
pick_subject(const json_t *source, struct buf *raw, struct buf *out,
    struct err *e)
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
    int64_t *wait_ms, struct err *e)
{
	const json_t *source = json_object_get(conf, "credential_source");
	const char *file = cred_post_text(source, "file");
	struct buf raw;
	int rc;

	buf_init_secret(&raw, MAX_TOKEN);
	rc = file != NULL ? io_slurp(file, MAX_TOKEN, &raw, e)
			  : fetch_subject(h, source, &raw, wait_ms, e);
	if (rc == 0)
		rc = pick_subject(source, &raw, out, e);
	buf_free(&raw);
	return (rc);
}
