/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_KEY_HASH_H
#define NF_LIB_BASE_KEY_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A hash for in-memory tables of untrusted data.  Every step depends on a
 * secret, so that nobody can know in advance which texts collide.  Do not
 * store a hash: the secret is random.
 */

/* The secret: random, one for each table. */
struct key_hash {
	uint64_t start;
	uint64_t times; /* odd */
};

/**
 * key_hash_init(k):
 * Make a new secret.
 */
void key_hash_init(struct key_hash *k);

/**
 * key_hash_step(k, h, w):
 * Return the hash ${h} after eight more bytes: the product of two words, with
 * its halves folded.  One word is secret; the other is known only to those who
 * know the secret.
 */
static inline uint64_t
key_hash_step(const struct key_hash *k, uint64_t h, uint64_t w)
{
	unsigned __int128 p = (unsigned __int128)(h ^ w) * k->times;

	return ((uint64_t)p ^ (uint64_t)(p >> 64));
}

/**
 * key_hash_last(k, h, w, n):
 * Return the hash of a text whose last ${n} bytes, 0 to 7, are in ${w} (the
 * other bytes of ${w} are 0); ${h} is the hash of the rest, made in steps of
 * eight from k->start on.
 */
static inline uint64_t
key_hash_last(const struct key_hash *k, uint64_t h, uint64_t w, size_t n)
{

	return (key_hash_step(k, h, w | (uint64_t)n << 56));
}

/**
 * key_hash_more(k, h, p, n):
 * Return the hash ${h} after the ${n} bytes at ${p}; nothing after them is
 * read.  If ${h} is k->start, the result is that of key_hash_bytes.
 */
static inline uint64_t
key_hash_more(const struct key_hash *k, uint64_t h, const void *bytes,
    size_t n)
{
	const uint8_t *p = bytes;
	uint64_t w = 0;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		h = key_hash_step(k, h, w);
	}
	w = 0;
	if (n > 0)
		memcpy(&w, p, n);
	return (key_hash_last(k, h, w, n));
}

/**
 * key_hash_bytes(k, p, n):
 * Return the hash of ${n} bytes at ${p}; 8 bytes after them may be read.
 */
static inline uint64_t
key_hash_bytes(const struct key_hash *k, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint64_t h = k->start, w;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		h = key_hash_step(k, h, w);
	}
	memcpy(&w, p, 8);
	return (key_hash_last(k, h, w & (((uint64_t)1 << (n * 8)) - 1), n));
}

#endif /* !NF_LIB_BASE_KEY_HASH_H */
