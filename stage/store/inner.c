/* SPDX-License-Identifier: Apache-2.0 */
#include "inner.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/err.h"

/* The name of an object in the outer store. */
static int
make_outer_name(const struct store_inner *s, const char *name,
    char full[STORE_MAX_NAME + 1], struct err *e)
{
	int n = snprintf(full, STORE_MAX_NAME + 1, "%s%s", s->folder, name);

	return (n >= 0 && n <= STORE_MAX_NAME ? 0 :
	    err_set(e, ERR_USAGE, "a name of over %d bytes", STORE_MAX_NAME));
}

static int
read_from_inner(struct store *base, const char *name, const struct store_info *want,
    store_sink *sink, void *arg, struct err *e)
{
	struct store_inner *s = (struct store_inner *)base;
	char full[STORE_MAX_NAME + 1];

	if (make_outer_name(s, name, full, e) == -1)
		return (-1);
	return (s->outer->ops->read(s->outer, full, want, sink, arg, e));
}

/* The callback for the entries of a listing. */
struct inner_list {
	const struct store_inner *s;
	store_each *each;
	void *arg;
};

static int
pass_inner_entry(void *arg, const struct store_entry *entry, struct err *e)
{
	const struct inner_list *l = arg;
	struct store_entry inner = *entry;

	inner.name += strlen(l->s->folder);
	return (l->each(l->arg, &inner, e));
}

static int
list_inner(struct store *base, const char *prefix, enum store_depth depth,
    store_each *each, void *arg, struct err *e)
{
	struct store_inner *s = (struct store_inner *)base;
	struct inner_list l = { .s = s, .each = each, .arg = arg };
	char full[STORE_MAX_NAME + 1];

	if (make_outer_name(s, prefix, full, e) == -1)
		return (-1);
	return (s->outer->ops->list(s->outer, full, depth, pass_inner_entry,
	    &l, e));
}

static const struct store_ops inner_ops = {
	.read = read_from_inner,
	.list = list_inner,
};

struct store *
inner_init(struct store_inner *s, struct store *outer, const char *folder,
    struct err *e)
{
	int n;

	memset(s, 0, sizeof(*s));
	s->base.ops = &inner_ops;
	s->outer = outer;
	if (strlen(folder) > STORE_MAX_NAME) {
		err_set(e, ERR_USAGE, "a name of over %d bytes",
		    STORE_MAX_NAME);
		return (NULL);
	}
	memcpy(s->folder, folder, strlen(folder) + 1);
	n = snprintf(s->uri, sizeof(s->uri), "%s%s", store_uri(outer), folder);
	s->base.uri = s->uri;
	if (n >= 0 && (size_t)n < sizeof(s->uri))
		return (&s->base);
	err_set(e, ERR_USAGE, "a name of over %d bytes", STORE_MAX_NAME);
	return (NULL);
}
