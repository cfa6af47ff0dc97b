/* SPDX-License-Identifier: Apache-2.0 */
#include "rate.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/number.h"

#define MAX_BUDGETS 8
#define MAX_N 100000
#define MAX_SPAN 10000

/* The times of the last ${n} requests, in a ring. */
struct budget {
	int64_t *at;
	size_t n, next;
	uint64_t sent;
	int64_t span_ms;
};

struct rate {
	struct budget budget[MAX_BUDGETS];
	size_t n;
};

/* Read "N/UNIT" or "N/KUNIT". */
static int
parse(const char *text, uint64_t *n, uint64_t *span_ms)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = { { "s", 1000 }, { "sec", 1000 }, { "second", 1000 },
		{ "m", 60000 }, { "min", 60000 }, { "minute", 60000 },
		{ "h", 3600000 }, { "hour", 3600000 }, { "d", 86400000 },
		{ "day", 86400000 } };
	uint64_t k = 1;
	size_t i;

	if (number_next(&text, MAX_N, n) == -1 || *n == 0 || *text++ != '/')
		return (-1);
	if (strspn(text, "0123456789") > 0 &&
	    (number_next(&text, MAX_SPAN, &k) == -1 || k == 0))
		return (-1);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].name) == 0) {
			*span_ms = k * units[i].ms;
			return (0);
		}
	}
	return (-1);
}

int
rate_check(const char *text)
{
	uint64_t n, span;

	return (parse(text, &n, &span));
}

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
		free(r->budget[i].at);
	free(r);
}

int
rate_add(struct rate *r, const char *text, struct err *e)
{
	struct budget *b = &r->budget[r->n];
	uint64_t n, span;

	if (parse(text, &n, &span))
		return (err_set(e, ERR_CONFIG, "--rate: not a rate such as "
		    "\"90/min\""));
	if (r->n == MAX_BUDGETS)
		return (err_set(e, ERR_CONFIG, "--rate: over %d",
		    MAX_BUDGETS));
	b->at = calloc(n, sizeof(*b->at));
	if (b->at == NULL)
		return (err_nomem(e));
	b->n = n;
	b->span_ms = (int64_t)span;
	r->n++;
	return (0);
}

int64_t
rate_wait(const struct rate *r, int64_t now_ms)
{
	const struct budget *b;
	int64_t wait = 0, w;
	size_t i;

	for (i = 0; i < r->n; i++) {
		b = &r->budget[i];
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
	struct budget *b;
	size_t i;

	for (i = 0; i < r->n; i++) {
		b = &r->budget[i];
		b->at[b->next] = now_ms;
		b->next = (b->next + 1) % b->n;
		b->sent++;
	}
}
