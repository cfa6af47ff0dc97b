/* SPDX-License-Identifier: Apache-2.0 */
#include "named.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/base/err.h"

/* Buckets of the first table; a table has at least one for each object. */
#define FIRST_BUCKETS 16

static struct named **
find_name_bucket(const struct named_list *l, struct bytes name)
{
	uint64_t h = key_hash_more(&l->secret, l->secret.start, name.p, name.n);

	return (&l->bucket[h & (l->nbucket - 1)]);
}

struct named *
named_find(struct named_list *l, struct bytes name)
{
	struct named *x = l->used;

	if (x != NULL && bytes_equal(x->name, name))
		return (x);
	if (l->nbucket == 0)
		return (NULL);
	for (x = *find_name_bucket(l, name); x != NULL; x = x->same)
		if (bytes_equal(x->name, name)) {
			l->used = x;
			break;
		}
	return (x);
}

static void
add_to_bucket(struct named_list *l, struct named *x)
{
	struct named **b = find_name_bucket(l, x->name);

	x->same = *b;
	*b = x;
}

/* Twice the buckets. */
static int
grow_buckets(struct named_list *l, struct err *e)
{
	size_t n = l->nbucket == 0 ? FIRST_BUCKETS : 2 * l->nbucket;
	struct named **bucket, *x;

	if ((bucket = calloc(n, sizeof(struct named *))) == NULL)
		return (err_nomem(e));
	if (l->nbucket == 0)
		key_hash_init(&l->secret);
	free(l->bucket);
	l->bucket = bucket;
	l->nbucket = n;
	for (x = l->first; x != NULL; x = x->next)
		add_to_bucket(l, x);
	return (0);
}

int
named_add(struct named_list *l, struct named *x, struct bytes name,
    struct err *e)
{
	uint8_t *copy;

	assert(named_find(l, name) == NULL);
	if (l->n == l->nbucket && grow_buckets(l, e) == -1)
		return (-1);
	if ((copy = malloc(name.n + 1)) == NULL)
		return (err_nomem(e));
	if (name.n > 0)
		memcpy(copy, name.p, name.n);
	copy[name.n] = '\0';
	x->name.p = copy;
	x->name.n = name.n;
	x->next = l->first;
	l->first = l->used = x;
	l->n++;
	add_to_bucket(l, x);
	return (0);
}

struct named *
named_drop(struct named_list *l)
{
	struct named *x = l->first;

	free(l->bucket);
	l->bucket = NULL;
	l->used = NULL;
	l->nbucket = 0;
	if (x == NULL)
		return (NULL);
	l->first = x->next;
	l->n--;
	assert((l->n == 0) == (l->first == NULL));
	free((void *)(uintptr_t)x->name.p);
	return (x);
}
