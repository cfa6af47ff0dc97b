/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/report/msg.h"
#include "spool.h"

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
name_error(const struct store *s, const char *name, int rc, struct err *e)
{

	if (rc == -1)
		err_prefix(e, "%s%s", s->uri, name);
	return (rc);
}

int
store_create(struct store *s, const char *name,
    const struct store_body *body, struct store_info *info, struct err *e)
{
	int rc = s->ops->create(s, name, body, info, e);

	if (rc == 1)
		msg_trace(MSG_DEBUG, "object", "%s%s: created", store_uri(s),
		    name);
	return (name_error(s, name, rc, e));
}

int
store_stat(struct store *s, const char *name, struct store_info *info,
    struct err *e)
{

	return (name_error(s, name, s->ops->stat(s, name, info, e), e));
}

int
store_settle(struct store *s, const char *name, struct err *e)
{

	if (s->ops->settle == NULL)
		return (0);
	return (name_error(s, name, s->ops->settle(s, name, e), e));
}

/* A failure of the sink (stdout closed) is not a failure of the object. */
struct guard {
	store_sink *sink;
	void *arg;
	bool failed;
};

static int
guard_sink(void *arg, const void *p, size_t n, struct err *e)
{
	struct guard *g = arg;

	if (g->sink(g->arg, p, n, e) == -1) {
		g->failed = true;
		return (-1);
	}
	return (0);
}

int
store_read(struct store *s, const char *name, const struct store_info *want,
    store_sink *sink, void *arg, struct err *e)
{
	struct guard g = { .sink = sink, .arg = arg };
	int rc = s->ops->read(s, name, want, guard_sink, &g, e);

	if (rc == 1)
		msg_trace(MSG_DEBUG, "object", "%s%s: read", store_uri(s),
		    name);
	return (g.failed ? -1 : name_error(s, name, rc, e));
}

int
store_list(struct store *s, const char *prefix, enum store_depth depth,
    store_each *each, void *arg, struct err *e)
{

	return (s->ops->list(s, prefix, depth, each, arg, e));
}

int
store_remove(struct store *s, const char *name, uint64_t generation,
    struct err *e)
{

	return (name_error(s, name, s->ops->remove(s, name, generation, e), e));
}

const char *
store_folder(struct store *s, mode_t *mode)
{

	*mode = 0;
	return (s->ops->folder == NULL ? NULL : s->ops->folder(s, mode));
}

void
store_cancel(struct store *s)
{

	if (s->ops->cancel != NULL)
		s->ops->cancel(s);
}

static int
append_to_buf(void *arg, const void *p, size_t n, struct err *e)
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
	int rc = s->ops->read(s, name, NULL, append_to_buf, out, e);

	return (name_error(s, name, rc, e));
}

int
store_vanished(const struct store *s, const char *name, struct err *e)
{

	return (err_set(e, ERR_TEMP, "%s%s: existed, then disappeared: "
	    "another process removed it", s->uri, name));
}

int
store_body_read(const struct store_body *b, uint64_t offset, void *p,
    size_t n, struct err *e)
{

	assert(offset <= b->size && n <= b->size - offset);
	assert((b->data == NULL) != (b->spool == NULL) || b->size == 0);
	if (b->data == NULL)
		return (spool_read(b->spool, offset, p, n, e));
	memcpy(p, (const uint8_t *)b->data + offset, n);
	return (0);
}
