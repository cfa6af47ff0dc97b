/* SPDX-License-Identifier: Apache-2.0 */
#include "gcs.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gcs_info.h"
#include "gcs_read.h"
#include "gcs_request.h"
#include "gcs_upload.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/percent.h"
#include "lib/google/cred.h"
#include "lib/google/cred_post.h"
#include "lib/http/http.h"
#include "lib/json/jload.h"
#include "store.h"

#define SCOPE "https://www.googleapis.com/auth/devstorage.read_write"
#define API   "/storage/v1"

/* Limit for the listing of a bucket: each page has up to 1,000 names. */
#define MAX_PAGES 100000
#define MAX_EMPTY 1000 /* pages in a row without a name */

struct gcs {
	struct store base;
	struct gcs_request_peer peer;
	bool moved;   /* see there */
	char *prefix; /* "" or ends in "/" */
};

/* Write the full name of object name. */
static int
make_full_name(const struct gcs *g, const char *name,
    char out[STORE_MAX_NAME + 1], struct err *e)
{
	int n = snprintf(out, STORE_MAX_NAME + 1, "%s%s", g->prefix, name);

	if (n < 0 || n > STORE_MAX_NAME)
		return (err_set(e, ERR_CONFIG, "name of over %d bytes",
		    STORE_MAX_NAME));
	return (0);
}

static int
create_in_bucket(struct store *s, const char *name,
    const struct store_body *body, struct store_info *info, struct err *e)
{
	struct gcs *g = (struct gcs *)s;
	char full[STORE_MAX_NAME + 1];

	if (make_full_name(g, name, full, e) == -1)
		return (-1);
	return (gcs_upload_create(&g->peer, full, body, info, e));
}

static int
stat_in_bucket(struct store *s, const char *name, struct store_info *info,
    struct err *e)
{
	struct gcs *g = (struct gcs *)s;
	char full[STORE_MAX_NAME + 1];

	if (make_full_name(g, name, full, e) == -1)
		return (-1);
	return (gcs_info_get(&g->peer, full, info, e));
}

static int
read_from_bucket(struct store *s, const char *name,
    const struct store_info *want, store_sink *sink, void *arg, struct err *e)
{
	struct gcs *g = (struct gcs *)s;
	char full[STORE_MAX_NAME + 1];

	if (make_full_name(g, name, full, e) == -1)
		return (-1);
	return (gcs_read_object(&g->peer, full, want, sink, arg, e));
}

/* One page of a listing. */
static int
hand_on_list_page(struct gcs *g, const json_t *root, store_each *each,
    void *arg, struct err *e)
{
	struct store_entry entry;
	const json_t *item;
	size_t i, skip = strlen(g->prefix);

	json_array_foreach(json_object_get(root, "items"), i, item) {
		memset(&entry, 0, sizeof(entry));
		entry.name = json_string_value(json_object_get(item, "name"));
		if (entry.name == NULL || strlen(entry.name) < skip ||
		    gcs_info_from(item, &entry.info, e) == -1)
			return (err_set(e, ERR_TEMP, "a listing that names "
			    "no object"));
		entry.name += skip;
		if (each(arg, &entry, e) == -1)
			return (-1);
	}
	json_array_foreach(json_object_get(root, "prefixes"), i, item) {
		memset(&entry, 0, sizeof(entry));
		entry.name = json_string_value(item);
		if (entry.name == NULL || strlen(entry.name) < skip)
			return (err_set(e, ERR_TEMP, "a listing that names "
			    "no prefix"));
		entry.name += skip;
		if (each(arg, &entry, e) == -1)
			return (-1);
	}
	return (0);
}

/* Get a page of a listing, NULL on error. */
static json_t *
get_list_page(struct gcs *g, const char *full, enum store_depth depth,
    const char *token, struct err *e)
{
	const struct http_response *a;
	struct gcs_request r;
	json_t *root = NULL;

	gcs_request_init(&r, &g->peer, "GET", API, NULL);
	gcs_request_param(&r, "prefix", full);
	gcs_request_param(&r, "delimiter", depth == STORE_DEEP ? NULL : "/");
	gcs_request_param(&r, "pageToken", token);
	gcs_request_param(&r, "fields", "items(name,generation,size,crc32c,"
	    "updated),prefixes,nextPageToken");
	a = gcs_request_send(&r, &g->peer, e);
	if (a != NULL && a->status != 200)
		gcs_request_failed(a, e);
	else if (a != NULL) {
		root = jload_bytes(a->body.data, a->body.len, 0, NULL, e);
		if (root == NULL)
			err_set(e, ERR_TEMP, "the listing is not valid JSON");
	}
	gcs_request_fini(&r, &g->peer);
	return (root);
}

static int
refuse_list(struct err *e)
{

	return (err_set_code(e, ERR_DATA, "endless_list", "the list of objects "
	    "has no end"));
}

static bool
is_empty_page(const json_t *root)
{

	return (json_array_size(json_object_get(root, "items")) == 0 &&
	    json_array_size(json_object_get(root, "prefixes")) == 0);
}

/* Replace token by that of the next page: NULL for none. */
static int
take_page_token(const json_t *root, char **token, struct err *e)
{
	const char *next = json_string_value(json_object_get(root,
	    "nextPageToken"));
	char *before = *token;
	int rc = 0;

	*token = NULL;
	if (next != NULL && before != NULL && strcmp(next, before) == 0)
		rc = refuse_list(e);
	else if (next != NULL && *next != '\0' &&
	    (*token = strdup(next)) == NULL)
		rc = err_nomem(e);
	free(before);
	return (rc);
}

static int
list_bucket(struct store *s, const char *prefix, enum store_depth depth,
    store_each *each, void *arg, struct err *e)
{
	struct gcs *g = (struct gcs *)s;
	char full[STORE_MAX_NAME + 1], *token = NULL;
	size_t pages = 0, empty = 0;
	json_t *root;
	int rc = 0;

	if (make_full_name(g, prefix, full, e) == -1)
		return (-1);
	do {
		root = get_list_page(g, full, depth, token, e);
		if (root == NULL) {
			free(token);
			return (err_prefix(e, "%s%s", s->uri, prefix));
		}
		empty = is_empty_page(root) ? empty + 1 : 0;
		rc = take_page_token(root, &token, e);
		if (rc == 0 && (++pages > MAX_PAGES || empty > MAX_EMPTY))
			rc = refuse_list(e);
		if (rc == 0)
			rc = hand_on_list_page(g, root, each, arg, e);
		json_decref(root);
	} while (rc == 0 && token != NULL);
	free(token);
	return (rc);
}

static int
remove_from_bucket(struct store *s, const char *name, uint64_t generation,
    struct err *e)
{
	struct gcs *g = (struct gcs *)s;
	const struct http_response *a;
	char full[STORE_MAX_NAME + 1];
	struct gcs_request r;
	int rc = -1;

	if (make_full_name(g, name, full, e) == -1)
		return (-1);
	gcs_request_init(&r, &g->peer, "DELETE", API, full);
	gcs_request_param_u64(&r, "ifGenerationMatch", generation);
	a = gcs_request_send(&r, &g->peer, e);
	if (a != NULL && (a->status == 200 || a->status == 204 ||
	    a->status == 404 || a->status == 412))
		rc = 0;
	else if (a != NULL)
		rc = gcs_request_failed(a, e);
	gcs_request_fini(&r, &g->peer);
	return (rc);
}

static void
cancel_requests(struct store *s)
{

	http_cancel(((struct gcs *)s)->peer.http);
}

static void
close_bucket(struct store *s)
{
	struct gcs *g = (struct gcs *)s;

	cred_free(g->peer.cred);
	http_free(g->peer.http);
	free(g->peer.base);
	free(g->peer.bucket);
	free(g->prefix);
	free(g);
}

static const struct store_ops gcs_ops = {
	.create = create_in_bucket,
	.stat = stat_in_bucket,
	.read = read_from_bucket,
	.list = list_bucket,
	.remove = remove_from_bucket,
	.cancel = cancel_requests,
	.close = close_bucket,
};

/* The server to talk to, without a "/" at its end. */
static char *
make_base_url(const struct store_conf *conf, const char *emulator)
{
	const char *url = "https://storage.googleapis.com";
	struct buf b;
	char *copy;

	buf_init(&b, 4096);
	if (emulator != NULL) {
		if (strstr(emulator, "://") == NULL)
			buf_puts(&b, "http://");
		url = emulator;
	} else if (conf->endpoint != NULL) {
		url = conf->endpoint;
	}
	buf_puts(&b, url);
	while (b.len > 0 && b.data[b.len - 1] == '/')
		b.len--;
	copy = buf_cstr(&b) == NULL ? NULL : strdup(buf_cstr(&b));
	buf_free(&b);
	return (copy);
}

/* Is STORAGE_EMULATOR_HOST [http[s]://]HOST[:PORT], as for all clients? */
static int
check_emulator(const char *emulator, struct err *e)
{
	const char *host = emulator;
	size_t n;

	if (emulator == NULL)
		return (0);
	if (strncmp(host, "http://", 7) == 0)
		host += 7;
	else if (strncmp(host, "https://", 8) == 0)
		host += 8;
	n = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-._:[]");
	if (n > 0 && host[n + strspn(host + n, "/")] == '\0')
		return (0);
	return (err_set_code(e, ERR_CONFIG, "bad_address",
	    "STORAGE_EMULATOR_HOST: not http://HOST:PORT (no path)"));
}

/* Split "BUCKET/PREFIX/". */
static int
split_bucket_path(struct gcs *g, const char *path, struct err *e)
{
	const char *slash = strchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - path);
	struct buf b;

	if (n < 3 || n > 222)
		return (err_set(e, ERR_USAGE, "gs://%.*s: the name of a bucket "
		    "has 3 to 222 characters", (int)(n < 80 ? n : 80), path));
	buf_init(&b, 1024);
	percent_encode(&b, path, n);
	g->peer.bucket = buf_cstr(&b) == NULL ? NULL : strdup(buf_cstr(&b));
	buf_free(&b);
	g->prefix = strdup(slash + 1);
	return (g->peer.bucket == NULL || g->prefix == NULL ? err_nomem(e)
							    : 0);
}

struct store *
gcs_open(const char *path, const struct store_conf *conf, struct err *e)
{
	const char *emulator = getenv("STORAGE_EMULATOR_HOST");
	struct cred_conf want = { .scope = SCOPE };
	struct http_conf hc;
	struct gcs *g;

	if ((g = calloc(1, sizeof(*g))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	g->base.ops = &gcs_ops;
	g->peer.conf = conf;
	g->peer.moved = &g->moved;
	if (emulator != NULL && *emulator == '\0')
		emulator = NULL;
	http_conf_default(&hc);
	if (split_bucket_path(g, path, e) == -1 ||
	    check_emulator(emulator, e) == -1)
		goto fail;
	if ((g->peer.base = make_base_url(conf, emulator)) == NULL) {
		err_nomem(e);
		goto fail;
	}
	if ((g->peer.http = http_new(&hc, e)) == NULL)
		goto fail;
	/*
	 * A token is sent to Google only, unless the environment allows more.
	 */
	if (emulator == NULL && !cred_post_allowed(g->peer.base)) {
		err_set_code(e, ERR_CONFIG, "foreign_host", "--endpoint %s: "
		    "not an https URL of googleapis.com, so it gets no token "
		    "(NF_CRED_HOSTS)", g->peer.base);
		goto fail;
	}
	want.token_file = conf->token_file;
	want.impersonate = conf->impersonate;
	if (emulator == NULL &&
	    (g->peer.cred = cred_new(&want, g->peer.http, e)) == NULL)
		goto fail;
	return (&g->base);

fail:
	close_bucket(&g->base);
	return (NULL);
}
