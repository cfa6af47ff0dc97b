/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/key_hash.h"

#include <stdlib.h>

#include "check.h"

#define TEXTS 4096

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y ? -1 : x > y);
}

/*
 * The eight bytes that, behind ${w}, made all texts alike for the hash of
 * before, whose secret was only mixed into its result.
 */
static uint64_t
alike(uint64_t w)
{
	uint64_t h = 0x9e3779b97f4a7c15ULL ^ 16;

	h = (h ^ w) * 0xff51afd7ed558ccdULL;
	return (h ^ h >> 32);
}

static void
spreads(void)
{
	static uint64_t low[TEXTS], all[TEXTS];
	struct key_hash k;
	uint64_t text[3] = { 0 };
	size_t i, twice = 0;

	key_hash_init(&k);
	for (i = 0; i < TEXTS; i++) {
		text[0] = i;
		text[1] = alike(i);
		all[i] = key_hash_bytes(&k, text, 16);
		low[i] = all[i] & (16 * TEXTS - 1);
	}
	qsort(all, TEXTS, sizeof(*all), ascending);
	qsort(low, TEXTS, sizeof(*low), ascending);
	for (i = 1; i < TEXTS; i++) {
		CHECK(all[i] != all[i - 1]);
		twice += low[i] == low[i - 1];
	}
	/* 4096 in 65536 places: 125 by chance. */
	CHECK(twice < 300);
}

static void
secret(void)
{
	struct key_hash a, b;
	char text[16] = "number";

	key_hash_init(&a);
	key_hash_init(&b);
	CHECK(key_hash_bytes(&a, text, 6) != key_hash_bytes(&b, text, 6));
	/* What stands behind the text does not count, its length does. */
	b = a;
	CHECK(key_hash_bytes(&a, text, 6) != key_hash_bytes(&b, text, 7));
	text[6] = 'x';
	CHECK_UINT(key_hash_bytes(&a, text, 6),
	    key_hash_bytes(&b, "number\0\0\0\0\0\0\0\0", 6));
}

/* A length is no byte: what one adds, the other cannot take back. */
static void
length(void)
{
	static const char zeros[16], one[16] = { 1 };
	struct key_hash k;
	int i;

	for (i = 0; i < 64; i++) {
		key_hash_init(&k);
		CHECK(key_hash_bytes(&k, zeros, 3) !=
		    key_hash_bytes(&k, one, 4));
		CHECK(key_hash_bytes(&k, zeros, 5) !=
		    key_hash_bytes(&k, one, 4));
		CHECK(key_hash_bytes(&k, zeros, 0) !=
		    key_hash_bytes(&k, zeros, 8));
	}
}

/* What is read is the text alone, and the hash is the same. */
static void
more(void)
{
	char text[64 + 8];
	struct key_hash k;
	uint8_t *alone;
	size_t n;

	for (n = 0; n < sizeof(text); n++)
		text[n] = (char)(n * 7 + 1);
	for (n = 0; n <= 64; n++) {
		key_hash_init(&k);
		alone = malloc(n + 1);
		CHECK(alone != NULL);
		if (alone == NULL)
			return;
		memcpy(alone + 1, text, n);
		CHECK_UINT(key_hash_more(&k, k.start, alone + 1, n),
		    key_hash_bytes(&k, text, n));
		/* Two texts are not the one that they make together. */
		CHECK(key_hash_more(&k, key_hash_more(&k, k.start, text,
		    n / 2), text + n / 2, n - n / 2) !=
		    key_hash_bytes(&k, text, n));
		free(alone);
	}
}

int
main(void)
{

	TEST(spreads);
	TEST(length);
	TEST(secret);
	TEST(more);
	return (check_done());
}
