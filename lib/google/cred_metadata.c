/* SPDX-License-Identifier: Apache-2.0 */
#include "cred_metadata.h"

#include <stdlib.h>
#include <string.h>

#include "cred_answer.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/http/http.h"

#define HOST "metadata.google.internal"
#define PRODUCT "/sys/class/dmi/id/product_name"
#define MAX_URL ((size_t)4096)
#define CONNECT_MS 3000
#define FIRST_BYTE_MS 10000

/* The server that the environment names, or NULL. */
static const char *
named_host(void)
{
	const char *host = getenv("GCE_METADATA_HOST");

	return (host != NULL && *host != '\0' ? host : NULL);
}

int
cred_metadata_check(struct err *e)
{
	const char *host = named_host();

	if (host == NULL || strspn(host, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]") == strlen(host))
		return (0);
	return (err_set_code(e, ERR_CONFIG, "bad_address", "GCE_METADATA_HOST:"
	    " not HOST[:PORT] (no scheme, no path)"));
}

/* Does this machine identify itself as one of Google's? */
static bool
is_google_machine(void)
{
	static const char *const variables[] = { "K_SERVICE", "CLOUD_RUN_JOB",
		"FUNCTION_TARGET", "GAE_SERVICE", "GCE_METADATA_IP" };
	struct err ignored = { .class = ERR_NONE };
	const char *text;
	struct buf b;
	bool is = false;
	size_t i;

	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (getenv(variables[i]) != NULL)
			return (true);
	buf_init(&b, MAX_URL);
	if (io_slurp(PRODUCT, MAX_URL, &b, &ignored) == 0 &&
	    (text = buf_cstr(&b)) != NULL)
		is = strstr(text, "Google") != NULL;
	buf_free(&b);
	return (is);
}

static int
fail_absent(const char *why, struct err *e)
{

	return (err_set_code(e, ERR_PERM, "no_credentials", "no credentials: "
	    "run gcloud auth application-default login, or set "
	    "GOOGLE_APPLICATION_CREDENTIALS (%s)", why));
}

/* No response.  Without a sign of a metadata server, treat it as absent. */
static int
fail_silent(const struct err *why, bool unresolved, bool known,
    struct err *e)
{

	if (why->class != ERR_TEMP) {
		*e = *why;
		return (-1);
	}
	if (known || is_google_machine() || (named_host() != NULL && !unresolved))
		return (err_set_code(e, ERR_TEMP, "no_token",
		    "metadata server: %s", why->msg));
	return (fail_absent(why->msg, e));
}

/* Interpret a response. */
static int
take_answer(const struct http_response *a, bool known, struct buf *out,
    struct err *e)
{
	char flavor[32];
	bool proven;

	proven = http_header(a, "metadata-flavor", flavor, sizeof(flavor)) ==
	    1 && strcmp(flavor, "Google") == 0;
	/* A sidecar proxy that is not ready yet responds without the header. */
	if (http_retryable(a->status))
		return (err_set_code(e, ERR_TEMP, "no_token",
		    "metadata server: HTTP %d", a->status));
	if (!proven && !known)
		return (fail_absent("what answers there is not a metadata "
		    "server", e));
	if (!proven)
		return (err_set_code(e, ERR_TEMP, "no_token",
		    "metadata server: another server answers"));
	if (a->status != 200)
		return (err_set_code(e, ERR_PERM, "no_token",
		    "metadata server: HTTP %d", a->status));
	if (buf_append(out, a->body.data, a->body.len) == -1)
		return (err_nomem(e));
	return (0);
}

int
cred_metadata_get(const char *path, bool known, struct buf *out,
    struct err *e)
{
	static const char *const headers[] = { "Metadata-Flavor: Google",
		NULL };
	struct http_request req = { .method = "GET", .headers = headers,
		.secret = true };
	const char *host = named_host();
	const struct http_response *a;
	struct http_call *call = NULL;
	struct err why = { .class = ERR_NONE };
	struct http_conf conf;
	struct http *direct;
	struct buf url;
	int rc;

	http_conf_default(&conf);
	conf.proxy = ""; /* the metadata server is never behind one */
	conf.connect_ms = CONNECT_MS;
	conf.first_byte_ms = FIRST_BYTE_MS;
	if ((direct = http_new(&conf, e)) == NULL)
		return (-1);
	buf_init(&url, MAX_URL);
	buf_printf(&url, "http://%s%s", host != NULL ? host : HOST, path);
	if ((req.url = buf_cstr(&url)) == NULL)
		rc = err_nomem(e);
	else if ((a = cred_answer(direct, &req, "the metadata server",
	    &call, &why)) != NULL)
		rc = take_answer(a, known, out, e);
	else
		rc = fail_silent(&why, call != NULL && http_unresolved(call), known,
		    e);
	http_end(direct, call);
	http_free(direct);
	buf_free(&url);
	return (rc);
}
