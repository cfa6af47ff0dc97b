/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_keys.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"
#include "scan_text.h"

/* Objects with more members than this are checked by a hash table. */
#define FEW_MEMBERS 16U

/* The hash of the text of ${t}, which has escapes. */
static uint64_t
hash_escaped_key(const struct key_hash *k, const struct scan *s, uint32_t t)
{
	uint64_t h = k->start, w;
	struct scan_text x;
	uint8_t part[8] = { 0 };
	size_t n = 0;
	int c;

	scan_text_begin(&x, s, t);
	while ((c = scan_text_next(&x)) != -1) {
		part[n++] = (uint8_t)c;
		if (n < sizeof(part))
			continue;
		memcpy(&w, part, sizeof(part));
		h = key_hash_step(k, h, w);
		memset(part, 0, sizeof(part));
		n = 0;
	}
	memcpy(&w, part, sizeof(part));
	return (key_hash_last(k, h, w, n));
}

uint64_t
scan_keys_hash(const struct key_hash *k, const struct scan *s, uint32_t t)
{

	return (s->tok[t].escaped ? hash_escaped_key(k, s, t) :
	    key_hash_bytes(k, scan_ptr(s, t), scan_len(s, t)));
}

static bool
is_same_key(const struct scan *s, uint32_t a, uint32_t b)
{

	if (!s->tok[a].escaped)
		return (scan_equals(s, b, scan_ptr(s, a), scan_len(s, a)));
	if (!s->tok[b].escaped)
		return (scan_equals(s, a, scan_ptr(s, b), scan_len(s, b)));
	return (scan_text_same(s, a, b));
}

/*
 * Few members: compare each key with those before it, after a 64-bit filter.
 * It needs no secret: keys that collide cost only a few comparisons.
 */
static uint32_t
check_few(const struct scan *s, uint32_t object, bool escaped)
{
	static const struct key_hash known = { 0x9e3779b97f4a7c15ULL,
		0xff51afd7ed558ccdULL };
	uint32_t end = s->tok[object].next, i, j;
	uint64_t filter = 0, bit;

	for (i = object + 1; i < end; i = s->tok[i + 1].next) {
		bit = (uint64_t)1 << (key_hash_bytes(&known, scan_ptr(s, i),
		    scan_len(s, i)) & 63);
		if ((filter & bit) != 0 || escaped)
			for (j = object + 1; j < i; j = s->tok[j + 1].next)
				if (is_same_key(s, i, j))
					return (i);
		filter |= bit;
	}
	return (SCAN_KEYS_UNIQUE);
}

/*
 * Many members: an open hash table of (hash, key), at most half full.  The
 * hash has a secret, so that nobody can make a record whose keys collide.
 */
static uint32_t
check_many(struct scan *s, uint32_t object)
{
	uint32_t end = s->tok[object].next, i;
	uint64_t h, *slot;
	size_t size = 64, at;

	while (size < (size_t)s->tok[object].count * 2)
		size *= 2;
	if (size > s->seen_cap) {
		if ((slot = realloc(s->seen, size * sizeof(*slot))) == NULL)
			return (SCAN_KEYS_NOMEM);
		s->seen = slot;
		s->seen_cap = size;
	}
	assert((size & (size - 1)) == 0 && size <= s->seen_cap);
	if (s->hash.times == 0)
		key_hash_init(&s->hash);
	memset(s->seen, 0, size * sizeof(*s->seen));
	for (i = object + 1; i < end; i = s->tok[i + 1].next) {
		h = scan_keys_hash(&s->hash, s, i);
		/* High half: hash; low half: token, never 0. */
		for (at = h & (size - 1); s->seen[at] != 0;
		    at = (at + 1) & (size - 1))
			if (s->seen[at] >> 32 == h >> 32 &&
			    is_same_key(s, i, (uint32_t)s->seen[at]))
				return (i);
		s->seen[at] = (h >> 32 << 32) | i;
	}
	return (SCAN_KEYS_UNIQUE);
}

uint32_t
scan_keys_check(struct scan *s, uint32_t object)
{
	uint32_t end = s->tok[object].next, i;
	bool escaped = false;

	assert(s->tok[object].kind == SCAN_OBJECT && end <= s->ntok);
	if (s->tok[object].count > FEW_MEMBERS)
		return (check_many(s, object));
	for (i = object + 1; i < end; i = s->tok[i + 1].next)
		escaped |= s->tok[i].escaped;
	return (check_few(s, object, escaped));
}
