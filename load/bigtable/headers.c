/* SPDX-License-Identifier: Apache-2.0 */
#include "headers.h"

#include <assert.h>
#include <grpc/slice.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cookies.h"
#include "load/bigtable/status.pb-c.h"
#include "retry_info.h"

#define COOKIE "x-goog-cbt-cookie"

static void
add_metadata(struct headers *h, const char *key, const char *value)
{

	assert(h->n < HEADERS_MAX);
	h->md[h->n].key = grpc_slice_from_copied_string(key);
	h->md[h->n].value = grpc_slice_from_copied_string(value);
	h->n++;
}

static void
add_bearer(struct headers *h, const char *token)
{
	size_t n = strlen("Bearer ") + strlen(token);
	grpc_slice s = grpc_slice_malloc(n + 1);

	snprintf((char *)GRPC_SLICE_START_PTR(s), n + 1, "Bearer %s", token);
	h->md[h->n].key = grpc_slice_from_static_string("authorization");
	h->md[h->n].value = grpc_slice_sub(s, 0, n);
	h->n++;
	grpc_slice_unref(s);
}

void
headers_fill(struct headers *h, const struct headers_source *from)
{
	const struct cookies *c = from->cookies;
	const char *version = strchr(from->user_agent, '/');
	char client[128];
	size_t i;

	memset(h, 0, sizeof(*h));
	snprintf(client, sizeof(client), "gl-c/11 gccl/%s grpc/%s",
	    version != NULL ? version + 1 : "", grpc_version_string());
	if (from->token != NULL)
		add_bearer(h, from->token);
	add_metadata(h, "x-goog-request-params", from->params);
	add_metadata(h, "x-goog-api-client", client);
	if (from->features != NULL)
		add_metadata(h, "bigtable-features", from->features);
	if (from->project != NULL && from->token != NULL)
		add_metadata(h, "x-goog-user-project", from->project);
	for (i = 0; c != NULL && i < c->n; i++)
		add_metadata(h, c->cookie[i].key, c->cookie[i].value);
}

void
headers_free(struct headers *h)
{

	while (h->n > 0) {
		h->n--;
		grpc_slice_unref(h->md[h->n].key);
		grpc_slice_unref(h->md[h->n].value);
	}
}

static size_t
find_cookie(const struct cookies *c, const grpc_slice key)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (grpc_slice_str_cmp(key, c->cookie[i].key) == 0)
			break;
	return (i);
}

void
headers_cookies(const grpc_metadata_array *a, struct cookies *c)
{
	const size_t max = sizeof(c->cookie) / sizeof(c->cookie[0]);
	size_t i, at, k, v;

	for (i = 0; i < a->count; i++) {
		const grpc_metadata *md = &a->metadata[i];

		k = GRPC_SLICE_LENGTH(md->key);
		v = GRPC_SLICE_LENGTH(md->value);
		if (k < strlen(COOKIE) || k >= sizeof(c->cookie[0].key) ||
		    v >= sizeof(c->cookie[0].value) ||
		    memcmp(GRPC_SLICE_START_PTR(md->key), COOKIE,
		    strlen(COOKIE)) != 0)
			continue;
		if ((at = find_cookie(c, md->key)) == max)
			continue;
		memcpy(c->cookie[at].key, GRPC_SLICE_START_PTR(md->key), k);
		c->cookie[at].key[k] = '\0';
		memcpy(c->cookie[at].value, GRPC_SLICE_START_PTR(md->value),
		    v);
		c->cookie[at].value[v] = '\0';
		if (at == c->n)
			c->n++;
	}
}

int64_t
headers_retry_info(const grpc_metadata_array *a)
{
	Google__Rpc__Status *s;
	int64_t ms = -1;
	size_t i;

	for (i = 0; i < a->count && ms < 0; i++) {
		if (grpc_slice_str_cmp(a->metadata[i].key,
		    "grpc-status-details-bin") != 0)
			continue;
		s = google__rpc__status__unpack(NULL,
		    GRPC_SLICE_LENGTH(a->metadata[i].value),
		    GRPC_SLICE_START_PTR(a->metadata[i].value));
		if (s == NULL)
			continue;
		ms = retry_info_ms(s);
		google__rpc__status__free_unpacked(s, NULL);
	}
	return (ms);
}

bool
headers_date(const grpc_metadata_array *a, char *text, size_t size)
{
	const grpc_slice *v;
	size_t i, n;

	for (i = 0; i < a->count; i++) {
		v = &a->metadata[i].value;
		n = GRPC_SLICE_LENGTH(*v);
		if (grpc_slice_str_cmp(a->metadata[i].key, "date") != 0 ||
		    n >= size)
			continue;
		memcpy(text, GRPC_SLICE_START_PTR(*v), n);
		text[n] = '\0';
		return (true);
	}
	return (false);
}
