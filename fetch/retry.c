/* SPDX-License-Identifier: Apache-2.0 */
#include "retry.h"

#include <stdbool.h>

void
retry_init(struct retry *p, const struct retry_conf *conf)
{

	p->conf = conf;
	backoff_init(&p->backoff, (uint32_t)conf->base_ms,
	    (uint32_t)conf->cap_ms, (uint32_t)conf->tries, 0);
}

void
retry_sent(struct retry *p, int64_t due, int64_t now)
{
	bool first = due == 0;

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
