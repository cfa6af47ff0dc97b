/* SPDX-License-Identifier: Apache-2.0 */
#include "path.h"

#include <assert.h>
#include <string.h>

#include "lib/base/key_hash.h"
#include "lib/json/ptr.h"
#include "lib/json/scan.h"
#include "lib/json/scan_keys.h"
#include "pool.h"

/* Up to this many children are searched one by one. */
#define FEW_CHILDREN 8U
#define FIRST_TABLE 32U

/* The table holds keys of the mapping: records cannot make it slow. */
static const struct key_hash known = { 0x9e3779b97f4a7c15ULL,
	0xff51afd7ed558ccdULL };

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

/* A bit that differs for most keys: rejects unused keys in one test. */
static inline uint64_t
make_filter_bit(uint64_t head, size_t len)
{

	return ((uint64_t)1 <<
	    (((head ^ len) * 0x9e3779b97f4a7c15ULL) >> 58));
}

/* Put child ${i} into the table, which has room. */
static void
enter_child(struct path *root, uint32_t i)
{
	const struct path *c = &root->child[i];
	uint32_t at = (uint32_t)key_hash_bytes(&known, c->key, c->len);

	for (at &= root->mask; root->table[at] != 0;
	    at = (at + 1) & root->mask)
		;
	root->table[at] = i + 1;
}

/* Enter the newest child, the last, into the table if there are many. */
static int
index_child(struct path *root, struct pool *pool)
{
	uint32_t n = root->nchild, i, size = root->mask + 1;

	if (n <= FEW_CHILDREN)
		return (0);
	if (root->table != NULL && n * 2 <= size) {
		enter_child(root, n - 1);
		return (0);
	}
	size = root->table == NULL ? FIRST_TABLE : size * 2;
	if ((root->table = pool_alloc(pool, size * sizeof(*root->table))) ==
	    NULL)
		return (-1);
	root->mask = size - 1;
	for (i = 0; i < n; i++)
		enter_child(root, i);
	return (0);
}

/* The same for a child that may be an array item: keep them in order. */
static int
sort_child(struct path *root, struct pool *pool)
{
	const struct path *c = &root->child[root->nchild - 1];
	uint32_t i = root->nitem;

	if (c->index == UINT32_MAX)
		return (0);
	root->item = pool_grow(pool, root->item, root->nitem,
	    sizeof(*root->item));
	if (root->item == NULL)
		return (-1);
	for (; i > 0 && root->child[root->item[i - 1]].index > c->index; i--)
		root->item[i] = root->item[i - 1];
	root->item[i] = root->nchild - 1;
	root->nitem++;
	return (0);
}

static struct path *
find_added(struct path *root, const char *key, size_t len)
{
	uint32_t i, at;

	if (root->table == NULL) {
		for (i = 0; i < root->nchild; i++)
			if (root->child[i].len == len &&
			    memcmp(root->child[i].key, key, len) == 0)
				return (&root->child[i]);
		return (NULL);
	}
	at = (uint32_t)key_hash_bytes(&known, key, len);
	for (at &= root->mask; (i = root->table[at]) != 0;
	    at = (at + 1) & root->mask)
		if (root->child[i - 1].len == len &&
		    memcmp(root->child[i - 1].key, key, len) == 0)
			return (&root->child[i - 1]);
	return (NULL);
}

struct path *
path_add(struct path *root, const char *text, size_t len, struct pool *pool)
{
	char *key = pool_copy(pool, text, len);
	struct path *c;

	if (key == NULL || (c = find_added(root, key, len)) != NULL)
		return (key == NULL ? NULL : c);
	c = pool_grow(pool, root->child, root->nchild, sizeof(*c));
	if (c == NULL)
		return (NULL);
	root->child = c;
	c = &root->child[root->nchild];
	path_init(c);
	c->key = key;
	root->nchild++;
	c->len = (uint32_t)len;
	c->index = ptr_index(key, len);
	c->head = load_head(c->key, len);
	root->filter |= make_filter_bit(c->head, len);
	return (index_child(root, pool) == -1 ||
	    sort_child(root, pool) == -1 ? NULL : c);
}

static inline const struct path *
match_child(const struct path *c, const uint8_t *p, size_t len, uint64_t head)
{

	if (c->head != head || c->len != len)
		return (NULL);
	return (len <= 8 || memcmp(c->key + 8, p + 8, len - 8) == 0 ? c : NULL);
}

/* Find the child that key ${t}, which has escapes, names. */
static const struct path *
find_escaped(const struct path *root, const struct scan *s, uint32_t t)
{
	uint32_t at, i;

	if (root->table == NULL) {
		for (i = 0; i < root->nchild; i++)
			if (scan_equals(s, t, root->child[i].key,
			    root->child[i].len))
				return (&root->child[i]);
		return (NULL);
	}
	at = (uint32_t)scan_keys_hash(&known, s, t);
	for (at &= root->mask; (i = root->table[at]) != 0;
	    at = (at + 1) & root->mask)
		if (scan_equals(s, t, root->child[i - 1].key,
		    root->child[i - 1].len))
			return (&root->child[i - 1]);
	return (NULL);
}

/* Find one of many children; ${*found} becomes its number. */
static const struct path *
find_in_table(const struct path *root, const uint8_t *p, size_t len,
    uint64_t head, uint32_t *found)
{
	uint32_t at = (uint32_t)key_hash_bytes(&known, p, len);

	for (at &= root->mask; (*found = root->table[at]) != 0;
	    at = (at + 1) & root->mask)
		if (match_child(&root->child[--*found], p, len, head) != NULL)
			return (&root->child[*found]);
	return (NULL);
}

/*
 * Find the child that key ${t} names.  Members usually come in the order of
 * the mapping: ${*hint} is the first place to search.
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

	if (s->tok[t].escaped)
		return (find_escaped(root, s, t));
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
		if (root->table != NULL) {
			c = find_in_table(root, p, len, head, &at);
			*hint = c != NULL ? at + 1 : *hint;
			return (c);
		}
	}
	return (NULL);
}

static void
bind_array(const struct path *root, const struct scan *s, uint32_t t,
    uint32_t *slot)
{
	uint32_t at = t + 1, i = 0, k;
	const struct path *c;

	for (k = 0; k < root->nitem; k++) {
		c = &root->child[root->item[k]];
		if (c->index >= s->tok[t].count)
			return;
		for (; i < c->index; i++)
			at = s->tok[at].next;
		path_bind(c, s, at, slot);
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
