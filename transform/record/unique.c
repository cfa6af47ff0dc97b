/* SPDX-License-Identifier: Apache-2.0 */
#include "unique.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/key_hash.h"

#define FIRST_SIZE ((size_t)64)

/* An open hash table, at most three quarters full; {0, 0} is a free place. */
struct unique {
	struct unique_hash *place;
	size_t size;
	size_t n;
	size_t limit;
	struct key_hash secret[2];
};

struct unique *
unique_new(size_t limit)
{
	struct unique *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return (NULL);
	u->limit = limit;
	u->size = FIRST_SIZE;
	key_hash_init(&u->secret[0]);
	key_hash_init(&u->secret[1]);
	if ((u->place = calloc(u->size, sizeof(*u->place))) == NULL) {
		free(u);
		return (NULL);
	}
	return (u);
}

void
unique_free(struct unique *u)
{

	if (u == NULL)
		return;
	free(u->place);
	free(u);
}

static uint64_t
hash_salted(const struct key_hash *k, uint64_t salt, const void *p, size_t n)
{

	return (key_hash_step(k, key_hash_bytes(k, p, n), salt));
}

struct unique_hash
unique_hash(const struct unique *u, uint64_t salt, const void *p, size_t n)
{
	struct unique_hash h;

	h.a = hash_salted(&u->secret[0], salt, p, n);
	h.b = hash_salted(&u->secret[1], salt, p, n);
	if (h.a == 0 && h.b == 0)
		h.a = 1;
	return (h);
}

static size_t
find_slot(const struct unique *u, struct unique_hash h)
{
	size_t at = h.a & (u->size - 1);

	assert((h.a != 0 || h.b != 0) && u->n < u->size);
	while ((u->place[at].a != 0 || u->place[at].b != 0) &&
	    (u->place[at].a != h.a || u->place[at].b != h.b))
		at = (at + 1) & (u->size - 1);
	return (at);
}

bool
unique_has(const struct unique *u, struct unique_hash h)
{
	size_t at = find_slot(u, h);

	return (u->place[at].a != 0 || u->place[at].b != 0);
}

static int
grow_set(struct unique *u)
{
	struct unique_hash *old = u->place;
	size_t n = u->size, i;

	if ((u->place = calloc(n * 2, sizeof(*u->place))) == NULL) {
		u->place = old;
		return (-1);
	}
	u->size = n * 2;
	for (i = 0; i < n; i++)
		if (old[i].a != 0 || old[i].b != 0)
			u->place[find_slot(u, old[i])] = old[i];
	free(old);
	return (0);
}

int
unique_add(struct unique *u, struct unique_hash h)
{

	if (u->n >= u->limit ||
	    (u->n >= u->size / 4 * 3 && grow_set(u) == -1))
		return (-1);
	u->place[find_slot(u, h)] = h;
	u->n++;
	return (0);
}
