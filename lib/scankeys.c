/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/scankeys.h"

#include <stdlib.h>
#include <string.h>

#include "lib/scan.h"
#include "lib/scantext.h"

/* Objects with more members than this are checked by a hash table. */
#define FEW_MEMBERS 16U

/* Mix ${w}, eight bytes of a key, into its hash. */
static inline uint64_t
mix(uint64_t h, uint64_t w)
{

	h = (h ^ w) * 0xff51afd7ed558ccdULL;
	return (h ^ h >> 32);
}

/* A hash of the key ${t} as it is written, without quotes. */
static uint64_t
key_hash(const struct scan *s, uint32_t t)
{
	const uint8_t *p = scan_ptr(s, t);
	size_t n = scan_len(s, t);
	uint64_t h = 0x9e3779b97f4a7c15ULL, w;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		h = mix(h, w);
	}
	/* The padding allows to read 8 bytes always. */
	memcpy(&w, p, 8);
	w &= ((uint64_t)1 << (n * 8)) - 1;
	return (mix(h ^ n, w));
}

/* The same of the text that the key ${t}, which has escapes, stands for. */
static uint64_t
escaped_hash(const struct scan *s, uint32_t t)
{
	uint64_t h = 0x9e3779b97f4a7c15ULL, w = 0;
	struct scantext x;
	uint8_t part[8] = { 0 };
	size_t n = 0;
	int c;

	scantext_begin(&x, s, t);
	while ((c = scantext_next(&x)) != -1) {
		part[n++] = (uint8_t)c;
		if (n < sizeof(part))
			continue;
		memcpy(&w, part, sizeof(part));
		h = mix(h, w);
		memset(part, 0, sizeof(part));
		n = 0;
	}
	memcpy(&w, part, sizeof(part));
	return (mix(h ^ n, w));
}

static bool
same_key(const struct scan *s, uint32_t a, uint32_t b)
{

	if (!s->tok[a].escaped)
		return (scan_equals(s, b, scan_ptr(s, a), scan_len(s, a)));
	if (!s->tok[b].escaped)
		return (scan_equals(s, a, scan_ptr(s, b), scan_len(s, b)));
	return (scantext_same(s, a, b));
}

/* Few members: each key against those before it, by a 64-bit filter first. */
static uint32_t
check_few(const struct scan *s, uint32_t object, bool escaped)
{
	uint32_t end = s->tok[object].next, i, j;
	uint64_t filter = 0, bit;

	for (i = object + 1; i < end; i = s->tok[i + 1].next) {
		bit = (uint64_t)1 << (key_hash(s, i) & 63);
		if ((filter & bit) != 0 || escaped)
			for (j = object + 1; j < i; j = s->tok[j + 1].next)
				if (same_key(s, i, j))
					return (i);
		filter |= bit;
	}
	return (SCANKEYS_UNIQUE);
}

/*
 * Many members: an open hash table of (hash, key), at most half full.  The
 * table's start is shifted by an address, so that no input is known to
 * collide.
 */
static uint32_t
check_many(struct scan *s, uint32_t object)
{
	uint32_t end = s->tok[object].next, i;
	uint64_t h, *slot, seed = (uintptr_t)s->tok * 0x9e3779b97f4a7c15ULL;
	size_t size = 64, at;

	while (size < (size_t)s->tok[object].count * 2)
		size *= 2;
	if (size > s->seen_cap) {
		if ((slot = realloc(s->seen, size * sizeof(*slot))) == NULL)
			return (SCANKEYS_NOMEM);
		s->seen = slot;
		s->seen_cap = size;
	}
	memset(s->seen, 0, size * sizeof(*s->seen));
	for (i = object + 1; i < end; i = s->tok[i + 1].next) {
		h = s->tok[i].escaped ? escaped_hash(s, i) : key_hash(s, i);
		h = (h ^ seed) * 0xff51afd7ed558ccdULL;
		h ^= h >> 33;
		/* High half: hash; low half: token, never 0. */
		for (at = h & (size - 1); s->seen[at] != 0;
		    at = (at + 1) & (size - 1))
			if (s->seen[at] >> 32 == h >> 32 &&
			    same_key(s, i, (uint32_t)s->seen[at]))
				return (i);
		s->seen[at] = (h >> 32 << 32) | i;
	}
	return (SCANKEYS_UNIQUE);
}

uint32_t
scankeys_check(struct scan *s, uint32_t object)
{
	uint32_t end = s->tok[object].next, i;
	bool escaped = false;

	if (s->tok[object].count > FEW_MEMBERS)
		return (check_many(s, object));
	for (i = object + 1; i < end; i = s->tok[i + 1].next)
		escaped |= s->tok[i].escaped;
	return (check_few(s, object, escaped));
}
