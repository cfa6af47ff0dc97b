/* SPDX-License-Identifier: Apache-2.0 */
#include "rate_limit.h"

#include "load/code.h"

#define FIRST_RATE 10.0
#define MIN_RATE 0.1
#define MAX_RATE 100000.0
#define MIN_FACTOR 0.7
#define MAX_FACTOR 1.3
#define ERROR_PERIOD_MS 10000

void
rate_limit_init(struct rate_limit *f)
{

	f->on = false;
	f->rate = FIRST_RATE;
	f->next = 0;
	f->change = 0;
}

static double
clamp_value(double v, double min, double max)
{

	return (v < min ? min : v > max ? max : v);
}

static void
adjust_rate(struct rate_limit *f, int64_t now, double factor, int64_t period_ms)
{

	if (now < f->change)
		return;
	f->rate = clamp_value(f->rate * clamp_value(factor, MIN_FACTOR,
	    MAX_FACTOR),
	    MIN_RATE, MAX_RATE);
	f->change = now + period_ms;
}

void
rate_limit_info(struct rate_limit *f, int64_t now, double factor, int64_t
    period_ms)
{

	if (!(factor > 0) || period_ms <= 0)
		return;
	f->on = true;
	adjust_rate(f, now, factor, period_ms);
}

void
rate_limit_no_info(struct rate_limit *f, int64_t now)
{

	if (now >= f->change)
		f->on = false;
}

void
rate_limit_failed(struct rate_limit *f, int64_t now, int code)
{

	if (f->on && (code == CODE_DEADLINE_EXCEEDED ||
	    code == CODE_UNAVAILABLE || code == CODE_RESOURCE_EXHAUSTED))
		adjust_rate(f, now, MIN_FACTOR, ERROR_PERIOD_MS);
}

int64_t
rate_limit_at(const struct rate_limit *f, int64_t now)
{

	return (f->on && f->next > now ? f->next : now);
}

/* Unused time does not accumulate, so that there are no bursts. */
void
rate_limit_sent(struct rate_limit *f, int64_t now)
{

	if (f->on)
		f->next = rate_limit_at(f, now) + (int64_t)(1000.0 / f->rate);
}
