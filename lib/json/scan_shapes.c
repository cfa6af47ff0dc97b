/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_shapes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_KEYS 8
/*
 * A shape is forgotten when MANY_LOOSE objects did not fit and they are at
 * least a quarter of all.
 */
#define MANY_LOOSE 1000
#define SHARE_LOOSE 4
#define MAX_RENEWED 8

struct scan_shapes *
scan_shapes_new(void)
{
	static struct shape_key none;
	struct scan_shapes *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return (NULL);
	x->shape[SHAPES_NONE].key = &none;
	x->shape[SHAPES_NONE].closed = true;
	x->shape[SHAPES_ROOT].key = &none;
	x->n = SHAPES_ROOT + 1;
	return (x);
}

void
scan_shapes_free(struct scan_shapes *x)
{
	size_t i;

	for (i = 0; x != NULL && i < x->n; i++)
		if (x->shape[i].cap > 0)
			free(x->shape[i].key);
	free(x);
}

/* Make room for one more key. */
static bool
grow_shape(struct shape *s)
{
	uint16_t cap = s->cap == 0 ? FIRST_KEYS : (uint16_t)(s->cap * 2);
	struct shape_key *k;

	assert(s->n < SHAPE_KEYS);
	if (s->n < s->cap)
		return (true);
	k = realloc(s->cap == 0 ? NULL : s->key, cap * sizeof(*k));
	if (k == NULL)
		return (false);
	s->key = k;
	s->cap = cap;
	return (true);
}

bool
scan_shapes_learn(struct shape *s, size_t at, const uint8_t *p, size_t len)
{
	struct shape_key *k;
	uint8_t bytes[SHAPE_KEY_MAX] = { 0 }, mask[SHAPE_KEY_MAX] = { 0 };

	assert(at <= s->n);
	if (s->closed || s->n == SHAPE_KEYS || len > SHAPE_KEY_MAX ||
	    scan_shapes_find(s->key, s->key + s->n, p) < s->key + s->n ||
	    !grow_shape(s))
		return (false);
	memcpy(bytes, p, len);
	memset(mask, 0xff, len);
	k = &s->key[at];
	memmove(k + 1, k, (s->n - at) * sizeof(*k));
	s->n++;
	memcpy(k->word, bytes, sizeof(bytes));
	memcpy(k->mask, mask, sizeof(mask));
	k->len = (uint16_t)len;
	k->child = SHAPES_NONE;
	return (true);
}

struct shape *
scan_shapes_child(struct scan_shapes *x, struct shape_key *k)
{

	if (k->child == SHAPES_NONE && x->n < SHAPES_MAX) {
		x->shape[x->n].key = x->shape[SHAPES_NONE].key;
		k->child = x->n++;
	}
	return (&x->shape[k->child]);
}

void
scan_shapes_miss(struct shape *s)
{

	if (s->closed || ++s->loose < MANY_LOOSE ||
	    s->loose * SHARE_LOOSE < s->seen)
		return;
	s->n = 0;
	s->seen = s->loose = 0;
	s->closed = ++s->renewed > MAX_RENEWED;
}
