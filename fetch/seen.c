/* SPDX-License-Identifier: Apache-2.0 */
#include "seen.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#include "lib/base/err.h"

struct seen {
	uint64_t key;   /* secret, so ids cannot be chosen to collide */
	uint64_t *ring; /* in order of arrival, after the slots */
	size_t n, next, max;
	size_t slots; /* open addressing, at most half full */
	uint64_t slot[];
};

struct seen *
seen_new(size_t max, struct err *e)
{
	size_t slots = 2 * max;
	struct seen *s = calloc(1, sizeof(*s) +
	    (slots + max) * sizeof(s->slot[0]));

	if (s == NULL) {
		err_nomem(e);
		return (NULL);
	}
	s->max = max;
	s->slots = slots;
	s->ring = s->slot + slots;
	if (getrandom(&s->key, sizeof(s->key), 0) != sizeof(s->key))
		s->key = 0x9e3779b97f4a7c15U;
	return (s);
}

void
seen_free(struct seen *s)
{

	free(s);
}

static uint64_t
mix_bits(uint64_t z)
{

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return (z ^ (z >> 31));
}

/* Never 0, which marks a free slot. */
static uint64_t
hash_id(const struct seen *s, const unsigned char *p, size_t n)
{
	uint64_t h = s->key ^ n;
	size_t i;

	for (i = 0; i < n; i++)
		h = mix_bits(h + p[i] + 1);
	return (h == 0 ? 1 : h);
}

/* The slot of ${h}, or the free slot for it. */
static size_t
probe_slot(const struct seen *s, uint64_t h)
{
	size_t i = h % s->slots;

	assert(h != 0 && s->n <= s->max);
	while (s->slot[i] != 0 && s->slot[i] != h)
		i = (i + 1) % s->slots;
	return (i);
}

/* Remove ${h} and close the gap (Knuth 6.4, algorithm R). */
static void
forget_id(struct seen *s, uint64_t h)
{
	size_t i = probe_slot(s, h), j = i, home;

	for (;;) {
		s->slot[i] = 0;
		do {
			j = (j + 1) % s->slots;
			if (s->slot[j] == 0)
				return;
			home = s->slot[j] % s->slots;
		} while (i <= j ? (i < home && home <= j) :
		    (i < home || home <= j));
		s->slot[i] = s->slot[j];
		i = j;
	}
}

bool
seen_add(struct seen *s, const void *id, size_t len)
{
	uint64_t h = hash_id(s, id, len);
	size_t i = probe_slot(s, h);

	if (s->slot[i] == h)
		return (true);
	if (s->n == s->max) {
		forget_id(s, s->ring[s->next]);
		i = probe_slot(s, h);
	} else {
		s->n++;
	}
	s->slot[i] = h;
	s->ring[s->next] = h;
	s->next = (s->next + 1) % s->max;
	return (false);
}
