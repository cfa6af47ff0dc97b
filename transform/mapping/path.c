/* SPDX-License-Identifier: Apache-2.0 */
#include "path.h"

#include <assert.h>
#include <stdbool.h>
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
	c->next = root->nchild;
	c->len = (uint32_t)len;
	c->index = ptr_index(key, len);
	c->head = load_head(c->key, len);
	root->filter |= make_filter_bit(c->head, len);
	return (index_child(root, pool) == -1 ||
	    sort_child(root, pool) == -1 ? NULL : c);
}

static inline bool
is_child(const struct path *c, const uint8_t *p, size_t len, uint64_t head)
{

	return (c->head == head && c->len == len &&
	    (len <= 8 || memcmp(c->key + 8, p + 8, len - 8) == 0));
}

/* Find the child that key ${t}, which has escapes, names. */
static struct path *
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

/* Find one of many children. */
static struct path *
find_in_table(const struct path *root, const uint8_t *p, size_t len,
    uint64_t head)
{
	uint32_t at = (uint32_t)key_hash_bytes(&known, p, len), i;

	for (at &= root->mask; (i = root->table[at]) != 0;
	    at = (at + 1) & root->mask)
		if (is_child(&root->child[i - 1], p, len, head))
			return (&root->child[i - 1]);
	return (NULL);
}

/*
 * Find a child that is not the expected one, and expect it the next time;
 * ${last} was found before it, or is NULL.
 */
static __attribute__((noinline)) struct path *
find_unexpected(const struct path *root, const uint8_t *p, size_t len,
    uint64_t head, struct path *last)
{
	uint32_t i, at = last == NULL ? 0 : (uint32_t)(last - root->child) + 1;
	struct path *c = NULL;

	/* Often one that was expected is absent: try the mapping's order. */
	for (i = 0; c == NULL && i < root->nchild; i++, at++) {
		at = at == root->nchild ? 0 : at;
		if (is_child(&root->child[at], p, len, head))
			return (&root->child[at]);
		if (root->table != NULL)
			break;
	}
	if (root->table == NULL ||
	    (c = find_in_table(root, p, len, head)) == NULL)
		return (NULL);
	/* Only a hint, which all threads write; it is checked when used. */
	if (last != NULL)
		__atomic_store_n(&last->next, (uint32_t)(c - root->child),
		    __ATOMIC_RELAXED);
	return (c);
}

/*
 * Find the child that key ${t} names.  Members usually come in the order of
 * the last record: ${last} was found before it.
 */
static inline struct path *
find_child(const struct path *root, const struct scan *s, uint32_t t,
    struct path *last)
{
	const uint8_t *p = scan_ptr(s, t);
	size_t len = scan_len(s, t);
	uint64_t head;
	uint32_t at;

	if (s->tok[t].escaped)
		return (find_escaped(root, s, t));
	head = load_head(p, len);
	if ((root->filter & make_filter_bit(head, len)) == 0)
		return (NULL);
	at = last == NULL ? 0 : __atomic_load_n(&last->next, __ATOMIC_RELAXED);
	return (at < root->nchild && is_child(&root->child[at], p, len, head) ?
	    &root->child[at] : find_unexpected(root, p, len, head, last));
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
	struct path *c, *last = NULL;
	uint32_t i, left = root->nchild;

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
		if ((c = find_child(root, s, i, last)) == NULL)
			continue;
		last = c;
		assert(c->nchild > 0 || c->slot != PATH_NO_SLOT);
		if (c->nchild == 0)
			slot[c->slot] = i + 1;
		else
			path_bind(c, s, i + 1, slot);
		if (--left == 0)
			return;
	}
}
