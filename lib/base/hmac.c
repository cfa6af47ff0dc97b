/* SPDX-License-Identifier: Apache-2.0 */
#include "hmac.h"

#include <string.h>

#include "hex.h"

#define BLOCK 64

static const uint32_t first_state[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372,
	0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

static const uint32_t round_key[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf,
	0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
	0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7,
	0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
	0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
	0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
	0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c,
	0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee,
	0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2 };

static inline uint32_t
rotate_right(uint32_t x, int n)
{

	return (x >> n | x << (32 - n));
}

/* FIPS 180-4 section 6.2.2, one block. */
static void
mix_block(uint32_t state[8], const uint8_t *p)
{
	uint32_t w[64], s[8], t1, t2;
	int i;

	for (i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
		    (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] +
		    (rotate_right(w[i - 15], 7) ^ rotate_right(w[i - 15], 18) ^
		    w[i - 15] >> 3) +
		    (rotate_right(w[i - 2], 17) ^ rotate_right(w[i - 2], 19) ^
		    w[i - 2] >> 10);
	memcpy(s, state, sizeof(s));
	for (i = 0; i < 64; i++) {
		t1 = s[7] + (rotate_right(s[4], 6) ^ rotate_right(s[4], 11) ^
		    rotate_right(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) +
		    round_key[i] + w[i];
		t2 = (rotate_right(s[0], 2) ^ rotate_right(s[0], 13) ^
		    rotate_right(s[0], 22)) +
		    ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
		memmove(s + 1, s, 7 * sizeof(*s));
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (i = 0; i < 8; i++)
		state[i] += s[i];
	explicit_bzero(w, sizeof(w));
	explicit_bzero(s, sizeof(s));
}

/* Finish ${state}, which has taken one block, with the text; write ${out}. */
static void
digest_rest(const uint32_t state[8], const void *text, size_t n,
    uint8_t out[32])
{
	const uint8_t *p = text;
	uint64_t bits = ((uint64_t)n + BLOCK) * 8;
	uint8_t last[2 * BLOCK] = { 0 };
	uint32_t s[8];
	size_t rest, end;
	int i;

	memcpy(s, state, sizeof(s));
	for (rest = n; rest >= BLOCK; rest -= BLOCK, p += BLOCK)
		mix_block(s, p);
	if (rest > 0)
		memcpy(last, p, rest);
	last[rest] = 0x80;
	end = rest + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
	for (i = 0; i < 8; i++)
		last[end - 1 - (size_t)i] = (uint8_t)(bits >> 8 * i);
	mix_block(s, last);
	if (end > BLOCK)
		mix_block(s, last + BLOCK);
	for (i = 0; i < 32; i++)
		out[i] = (uint8_t)(s[i / 4] >> (24 - 8 * (i % 4)));
	explicit_bzero(last, sizeof(last));
}

/* The state after the block of ${key} with every byte XORed with ${pad}. */
static void
pad_key(uint32_t state[8], const uint8_t key[BLOCK], uint8_t pad)
{
	uint8_t block[BLOCK];
	int i;

	for (i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ pad;
	memcpy(state, first_state, sizeof(first_state));
	mix_block(state, block);
	explicit_bzero(block, sizeof(block));
}

/* SHA-256 of a key that is longer than a block. */
static void
shorten_key(const uint8_t *key, size_t n, uint8_t out[BLOCK])
{
	uint32_t state[8];

	memcpy(state, first_state, sizeof(state));
	mix_block(state, key);
	digest_rest(state, key + BLOCK, n - BLOCK, out);
}

void
hmac_key(struct hmac *h, const void *key, size_t n)
{
	uint8_t block[BLOCK] = { 0 };

	if (n > BLOCK)
		shorten_key(key, n, block);
	else if (n > 0)
		memcpy(block, key, n);
	pad_key(h->inner, block, 0x36);
	pad_key(h->outer, block, 0x5c);
	explicit_bzero(block, sizeof(block));
}

void
hmac_text(const struct hmac *h, const void *p, size_t n, char hex[HMAC_HEX])
{
	uint8_t md[32];

	digest_rest(h->inner, p, n, md);
	digest_rest(h->outer, md, sizeof(md), md);
	hex_write(md, sizeof(md), hex);
}
