/* SPDX-License-Identifier: Apache-2.0 */
#include "rate.h"

#include <stdlib.h>
#include <string.h>

#include "fetch/source/budget.h"
#include "lib/base/err.h"

#define MAX_BUDGETS 8

/* The times of the last ${n} requests, in a ring. */
struct log {
	int64_t *at;
	size_t n, next;
	uint64_t sent;
	int64_t span_ms;
};

struct rate {
	struct log log[MAX_BUDGETS];
	size_t n;
};

struct rate *
rate_new(struct err *e)
{
	struct rate *r = calloc(1, sizeof(*r));

	if (r == NULL)
		err_nomem(e);
	return (r);
}

void
rate_free(struct rate *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->n; i++)
		free(r->log[i].at);
	free(r);
}

int
rate_add(struct rate *r, const struct budget *budget, struct err *e)
{
	struct log *b = &r->log[r->n];

	if (r->n == MAX_BUDGETS)
		return (err_set(e, ERR_CONFIG, "--rate: over %d",
		    MAX_BUDGETS));
	b->at = calloc(budget->n, sizeof(*b->at));
	if (b->at == NULL)
		return (err_nomem(e));
	b->n = budget->n;
	b->span_ms = budget->span_ms;
	r->n++;
	return (0);
}

int64_t
rate_wait(const struct rate *r, int64_t now_ms)
{
	const struct log *b;
	int64_t wait = 0, w;
	size_t i;

	for (i = 0; i < r->n; i++) {
		b = &r->log[i];
		if (b->sent < b->n)
			continue;
		w = b->at[b->next] + b->span_ms - now_ms;
		if (w > wait)
			wait = w;
	}
	return (wait);
}

void
rate_sent(struct rate *r, int64_t now_ms)
{
	struct log *b;
	size_t i;

	for (i = 0; i < r->n; i++) {
		b = &r->log[i];
		b->at[b->next] = now_ms;
		b->next = (b->next + 1) % b->n;
		b->sent++;
	}
}
