/* SPDX-License-Identifier: Apache-2.0 */
#include "key_hash.h"

#include <sys/auxv.h>
#include <sys/random.h>

void
key_hash_init(struct key_hash *k)
{

	/* Fallback: random bytes that the kernel gives to each process. */
	if (getrandom(k, sizeof(*k), GRND_NONBLOCK) != (ssize_t)sizeof(*k))
		memcpy(k, (const void *)getauxval(AT_RANDOM), sizeof(*k));
	k->times |= 1;
}
