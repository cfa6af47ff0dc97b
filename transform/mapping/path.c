/* SPDX-License-Identifier: Apache-2.0 */
#include "path.h"

#include <assert.h>
#include <string.h>

#include "lib/json/ptr.h"
#include "lib/json/scan.h"
#include "pool.h"

long
path_unescape(const char *p, size_t n, char *out)
{
	static const char means[] = "~/|} ";
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		if (p[i] != '~')
			out[len++] = p[i];
		else if (++i == n || p[i] < '0' || p[i] > '4')
			return (-1);
		else
			out[len++] = means[p[i] - '0'];
	}
	return ((long)len);
}

void
path_init(struct path *root)
{

	memset(root, 0, sizeof(*root));
	root->slot = PATH_NO_SLOT;
}

/* The first 8 bytes of a key of ${len}; 8 bytes can be read at ${key}. */
static inline uint64_t
load_head(const void *key, size_t len)
{
	uint64_t w;

	memcpy(&w, key, sizeof(w));
	return (len >= 8 ? w : w & (((uint64_t)1 << (len * 8)) - 1));
}

/* A bit that differs for most keys: one look for the keys nobody wants. */
static inline uint64_t
make_filter_bit(uint64_t head, size_t len)
{

	return ((uint64_t)1 <<
	    (((head ^ len) * 0x9e3779b97f4a7c15ULL) >> 58));
}

struct path *
path_add(struct path *root, const char *key, size_t len, struct pool *pool)
{
	struct path *c;
	uint32_t i;

	for (i = 0; i < root->nchild; i++) {
		c = &root->child[i];
		if (c->len == len && memcmp(c->key, key, len) == 0)
			return (c);
	}
	c = pool_grow(pool, root->child, root->nchild, sizeof(*c));
	if (c == NULL)
		return (NULL);
	root->child = c;
	c = &root->child[root->nchild];
	path_init(c);
	if ((c->key = pool_copy(pool, key, len)) == NULL)
		return (NULL);
	root->nchild++;
	c->len = (uint32_t)len;
	c->index = ptr_index(key, len);
	c->head = load_head(c->key, len);
	root->filter |= make_filter_bit(c->head, len);
	return (c);
}

static inline const struct path *
match_child(const struct path *c, const uint8_t *p, size_t len, uint64_t head)
{

	if (c->head != head || c->len != len)
		return (NULL);
	return (len <= 8 || memcmp(c->key + 8, p + 8, len - 8) == 0 ? c : NULL);
}

/*
 * Find the child that key ${t} names.  Members mostly come in the order of
 * the mapping: ${*hint} is where to look first.
 */
static inline const struct path *
find_child(const struct path *root, const struct scan *s, uint32_t t,
    uint32_t *hint)
{
	const uint8_t *p = scan_ptr(s, t);
	size_t len = scan_len(s, t);
	const struct path *c;
	uint64_t head;
	uint32_t i, at;

	if (s->tok[t].escaped) {
		for (i = 0; i < root->nchild; i++)
			if (scan_equals(s, t, root->child[i].key,
			    root->child[i].len))
				return (&root->child[i]);
		return (NULL);
	}
	head = load_head(p, len);
	if ((root->filter & make_filter_bit(head, len)) == 0)
		return (NULL);
	for (i = 0, at = *hint; i < root->nchild; i++, at++) {
		if (at >= root->nchild)
			at = 0;
		if ((c = match_child(&root->child[at], p, len, head)) != NULL) {
			*hint = at + 1;
			return (c);
		}
	}
	return (NULL);
}

static void
bind_array(const struct path *root, const struct scan *s, uint32_t t,
    uint32_t *slot)
{
	uint32_t c, i, at;

	for (c = 0; c < root->nchild; c++) {
		if (root->child[c].index >= s->tok[t].count)
			continue;
		at = t + 1;
		for (i = 0; i < root->child[c].index; i++)
			at = s->tok[at].next;
		path_bind(&root->child[c], s, at, slot);
	}
}

void
path_bind(const struct path *root, const struct scan *s, uint32_t t,
    uint32_t *slot)
{
	const struct scan_token *tok = s->tok;
	const struct path *c;
	uint32_t i, hint = 0, left = root->nchild;

	if (root->slot != PATH_NO_SLOT)
		slot[root->slot] = t;
	if (left == 0)
		return;
	if (tok[t].kind == SCAN_ARRAY) {
		bind_array(root, s, t, slot);
		return;
	}
	if (tok[t].kind != SCAN_OBJECT)
		return;
	for (i = t + 1; i < tok[t].next; i = tok[i + 1].next) {
		if ((c = find_child(root, s, i, &hint)) == NULL)
			continue;
		assert(c->nchild > 0 || c->slot != PATH_NO_SLOT);
		if (c->nchild == 0)
			slot[c->slot] = i + 1;
		else
			path_bind(c, s, i + 1, slot);
		if (--left == 0)
			return;
	}
}
