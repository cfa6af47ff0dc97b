/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "gcs.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/utf8.h"
#include "spool.h"

#define GS    "gs://"
#define FILES "file:///"

/* Return uri with one "/" at its end, its first keep bytes as they are. */
static char *
with_slash(const char *uri, size_t keep, struct err *e)
{
	size_t n = strlen(uri);
	char *s;

	while (n > keep && uri[n - 1] == '/')
		n--;
	if ((s = malloc(n + 2)) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	memcpy(s, uri, n);
	s[n] = '/';
	s[n + 1] = '\0';
	return (s);
}

struct store *
store_open(const char *uri, const struct store_conf *conf, struct err *e)
{
	struct store *s = NULL;
	char *whole;
	bool gs = strncmp(uri, GS, strlen(GS)) == 0;
	size_t skip = strlen(gs ? GS : FILES);

	if (strlen(uri) > STORE_MAX_NAME || !utf8_valid(uri, strlen(uri))
	    || strpbrk(uri, "\r\n") != NULL) {
		err_set(e, ERR_USAGE, "RUN: no name for objects");
		return (NULL);
	}
	if ((!gs && strncmp(uri, FILES, skip) != 0) ||
	    uri[skip + strspn(uri + skip, "/")] == '\0') {
		err_set(e, ERR_USAGE, "%s: neither gs://BUCKET/RUN nor "
		    "file:///FOLDER/RUN", uri);
		return (NULL);
	}
	if ((whole = with_slash(uri, skip, e)) == NULL)
		return (NULL);
	if (gs)
		s = gcs_open(whole + skip, conf, e);
	else
		s = file_open(whole + skip - 1, e); /* from its "/" on */
	if (s == NULL) {
		free(whole);
		return (NULL);
	}
	s->uri = whole;
	return (s);
}

void
store_close(struct store *s)
{
	char *uri;

	if (s == NULL)
		return;
	uri = s->uri;
	s->ops->close(s);
	free(uri);
}

const char *
store_uri(const struct store *s)
{

	return (s->uri);
}

/* Put the name of the object in front of an error. */
static int
named(const struct store *s, const char *name, int rc, struct err *e)
{

	if (rc == -1)
		err_prefix(e, "%s%s", s->uri, name);
	return (rc);
}

int
store_create(struct store *s, const char *name,
    const struct store_body *body, struct store_info *info, struct err *e)
{

	return (named(s, name, s->ops->create(s, name, body, info, e), e));
}

int
store_stat(struct store *s, const char *name, struct store_info *info,
    struct err *e)
{

	return (named(s, name, s->ops->stat(s, name, info, e), e));
}

int
store_settle(struct store *s, const char *name, struct err *e)
{

	if (s->ops->settle == NULL)
		return (0);
	return (named(s, name, s->ops->settle(s, name, e), e));
}

/* A sink's own failure (stdout closed) is not the object's. */
struct guard {
	store_sink *sink;
	void *arg;
	int failed;
};

static int
guarded(void *arg, const void *p, size_t n, struct err *e)
{
	struct guard *g = arg;

	if (g->sink(g->arg, p, n, e) == -1) {
		g->failed = 1;
		return (-1);
	}
	return (0);
}

int
store_read(struct store *s, const char *name, const struct store_info *want,
    store_sink *sink, void *arg, struct err *e)
{
	struct guard g = { .sink = sink, .arg = arg };
	int rc = s->ops->read(s, name, want, guarded, &g, e);

	return (g.failed ? -1 : named(s, name, rc, e));
}

int
store_list(struct store *s, const char *prefix, int deep, store_each *each,
    void *arg, struct err *e)
{

	return (s->ops->list(s, prefix, deep, each, arg, e));
}

int
store_remove(struct store *s, const char *name, uint64_t generation,
    struct err *e)
{

	return (named(s, name, s->ops->remove(s, name, generation, e), e));
}

void
store_cancel(struct store *s)
{

	if (s->ops->cancel != NULL)
		s->ops->cancel(s);
}

static int
to_buf(void *arg, const void *p, size_t n, struct err *e)
{
	struct buf *b = arg;

	if (n > b->max - b->len)
		return (err_set(e, ERR_DATA, "longer than %zu bytes", b->max));
	return (buf_append(b, p, n) == -1 ? err_nomem(e) : 0);
}

int
store_slurp(struct store *s, const char *name, struct buf *out,
    struct err *e)
{
	int rc = s->ops->read(s, name, NULL, to_buf, out, e);

	return (named(s, name, rc, e));
}

int
store_body_read(const struct store_body *b, uint64_t offset, void *p,
    size_t n, struct err *e)
{

	if (b->data == NULL)
		return (spool_read(b->spool, offset, p, n, e));
	memcpy(p, (const uint8_t *)b->data + offset, n);
	return (0);
}
