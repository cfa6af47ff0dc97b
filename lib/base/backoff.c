/* SPDX-License-Identifier: Apache-2.0 */
#include "backoff.h"

#include <assert.h>
#include <sys/random.h>

#include "clock.h"

/* The next number of the generator (SplitMix64); the first call seeds it. */
static uint64_t
draw_random(struct backoff *b)
{
	uint64_t z;

	if (b->random == 0 && getrandom(&b->random, sizeof(b->random),
	    GRND_NONBLOCK) != sizeof(b->random))
		b->random = (uint64_t)clock_mono_ms();
	b->random += 0x9e3779b97f4a7c15U;
	z = b->random;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return (z ^ (z >> 31));
}

void
backoff_init(struct backoff *b, uint32_t base_ms, uint32_t cap_ms,
    uint32_t max_tries, uint64_t total_ms)
{
	int64_t now = clock_mono_ms();

	b->base_ms = base_ms;
	b->cap_ms = cap_ms;
	b->max_tries = max_tries;
	b->deadline_ms = 0;
	if (total_ms > 0 && total_ms < INT64_MAX / 2)
		b->deadline_ms = now + (int64_t)total_ms;
	b->tries = 0;
	b->random = 0;
}

int64_t
backoff_next(struct backoff *b, int64_t at_least_ms)
{
	uint64_t most = b->base_ms;
	int64_t delay;

	b->tries++;
	if (b->tries >= b->max_tries)
		return (-1);

	/*
	 * Full jitter: any delay up to the cap, so that clients that were
	 * refused together do not retry together.
	 */
	most = b->tries > 32 ? UINT64_MAX : most << (b->tries - 1);
	if (most > b->cap_ms)
		most = b->cap_ms;
	delay = (int64_t)(draw_random(b) % (most + 1));
	assert(delay >= 0 && delay <= (int64_t)b->cap_ms);
	if (at_least_ms > INT64_MAX / 2)
		at_least_ms = INT64_MAX / 2;
	if (at_least_ms > 0)
		delay += at_least_ms;

	if (b->deadline_ms != 0 && delay > b->deadline_ms - clock_mono_ms())
		return (-1);
	return (delay);
}
