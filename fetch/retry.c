/* SPDX-License-Identifier: Apache-2.0 */
#include "retry.h"

#include "lib/base/clock.h"

#define MINUTE_MS 61000 /* and a second for clock differences */

void
retry_init(struct retry *p, const struct retry_conf *conf)
{

	p->conf = conf;
	p->began = 0;
	backoff_init(&p->backoff, (uint32_t)conf->base_ms,
	    (uint32_t)conf->cap_ms, (uint32_t)conf->tries, 0);
}

void
retry_sent(struct retry *p, int64_t due, int64_t now)
{
	bool first = due == 0;

	if (first)
		p->began = now;
	if (first && p->conf->total_ms > 0 &&
	    p->conf->total_ms < INT64_MAX / 2)
		p->backoff.deadline_ms = now + (int64_t)p->conf->total_ms;
	else if (!first)
		retry_stood(p, due, now);
}

void
retry_stood(struct retry *p, int64_t from, int64_t to)
{

	if (p->backoff.deadline_ms != 0 && to > from)
		p->backoff.deadline_ms += to - from;
}

int64_t
retry_next(struct retry *p, int64_t asked)
{
	int64_t most = (int64_t)p->conf->wait_ms;

	return (backoff_next(&p->backoff, asked > most ? most : asked));
}

int64_t
retry_next_quota(struct retry *p, int64_t asked)
{
	int64_t delay = retry_next(p, asked);
	int64_t left = p->began + MINUTE_MS - clock_mono_ms();

	if (delay != -1 || asked > 0 || p->conf->given || left <= 0)
		return (delay);
	return (left);
}
