/* SPDX-License-Identifier: Apache-2.0 */
#include "seen.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#include "lib/err.h"

#define SLOTS (SEEN_MAX * 2) /* open addressing, at most half full */

struct seen {
	uint64_t key; /* so that nobody can choose ids that collide */
	uint64_t slot[SLOTS];
	uint64_t ring[SEEN_MAX]; /* in order of arrival */
	size_t n, next;
};

struct seen *
seen_new(struct err *e)
{
	struct seen *s = calloc(1, sizeof(*s));

	if (s == NULL)
		err_nomem(e);
	else if (getrandom(&s->key, sizeof(s->key), 0) != sizeof(s->key))
		s->key = 0x9e3779b97f4a7c15U;
	return (s);
}

void
seen_free(struct seen *s)
{

	free(s);
}

static uint64_t
mix(uint64_t z)
{

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return (z ^ (z >> 31));
}

/* Never 0, which marks a free slot. */
static uint64_t
hash(const struct seen *s, const unsigned char *p, size_t n)
{
	uint64_t h = s->key ^ n;
	size_t i;

	for (i = 0; i < n; i++)
		h = mix(h + p[i] + 1);
	return (h == 0 ? 1 : h);
}

/* Where ${h} is, or the free slot where it would be. */
static size_t
find(const struct seen *s, uint64_t h)
{
	size_t i = h % SLOTS;

	while (s->slot[i] != 0 && s->slot[i] != h)
		i = (i + 1) % SLOTS;
	return (i);
}

/* Take out ${h}, closing the gap (Knuth 6.4, algorithm R). */
static void
take_out(struct seen *s, uint64_t h)
{
	size_t i = find(s, h), j = i, home;

	for (;;) {
		s->slot[i] = 0;
		do {
			j = (j + 1) % SLOTS;
			if (s->slot[j] == 0)
				return;
			home = s->slot[j] % SLOTS;
		} while (i <= j ? (i < home && home <= j) :
		    (i < home || home <= j));
		s->slot[i] = s->slot[j];
		i = j;
	}
}

bool
seen_add(struct seen *s, const void *id, size_t len)
{
	uint64_t h = hash(s, id, len);
	size_t i = find(s, h);

	if (s->slot[i] == h)
		return (true);
	if (s->n == SEEN_MAX) {
		take_out(s, s->ring[s->next]);
		i = find(s, h);
	} else {
		s->n++;
	}
	s->slot[i] = h;
	s->ring[s->next] = h;
	s->next = (s->next + 1) % SEEN_MAX;
	return (false);
}
