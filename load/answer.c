/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "lib/err.h"
#include "load/bigtable.pb-c.h"
#include "retryinfo.h"

#define ARENA_MAX ((size_t)4 << 20) /* what is over it is malloc'd */
#define PERIOD_MAX_S (24 * 60 * 60)

/* Unpacking takes many small pieces that are all freed together. */
struct arena {
	size_t used;
	uint8_t *memory;
	size_t size;
};

static void *
arena_alloc(void *arg, size_t n)
{
	struct arena *a = arg;
	uint8_t *p = a->memory + a->used;

	n = (n + 15) & ~(size_t)15;
	if (n > a->size - a->used)
		return (malloc(n));
	a->used += n;
	return (p);
}

static void
arena_free(void *arg, void *p)
{
	const struct arena *a = arg;
	uint8_t *b = p;

	if (b < a->memory || b >= a->memory + a->size)
		free(p);
}

static int
note(struct batch_entry *x, const Google__Rpc__Status *s, struct err *e)
{

	x->answers++;
	x->code = s == NULL ? RPC_OK : s->code;
	free(x->message);
	x->message = NULL;
	if (x->code == RPC_OK)
		return (0);
	x->retry_ms = retryinfo_ms(s);
	if ((x->message = strdup(s->message)) == NULL)
		return (err_nomem(e));
	return (0);
}

static int
note_all(struct batch *b, const Google__Bigtable__V2__MutateRowsResponse *r,
    struct err *e)
{
	size_t i;
	int64_t index;

	for (i = 0; i < r->n_entries; i++) {
		index = r->entries[i]->index;
		if (index < 0 || (uint64_t)index >= b->sent) {
			b->broken = true;
			continue;
		}
		if (note(&b->entry[b->live[index]], r->entries[i]->status,
		    e) != 0)
			return (-1);
	}
	return (0);
}

static void
note_rate(const Google__Bigtable__V2__RateLimitInfo *info,
    struct answer_rate *rate)
{
	const Google__Rpc__Duration *d;

	if (info == NULL)
		return;
	rate->present = 1;
	rate->factor = info->factor;
	rate->period_ms = 0;
	d = info->period;
	if (d != NULL && d->seconds >= 0 && d->seconds <= PERIOD_MAX_S)
		rate->period_ms = d->seconds * 1000 + d->nanos / 1000000;
}

int
answer_note(struct batch *b, const uint8_t *p, size_t n,
    struct answer_rate *rate, struct err *e)
{
	struct arena a = { 0, NULL, n < ARENA_MAX / 16 ? 16 * n + 4096 :
	    ARENA_MAX };
	ProtobufCAllocator alloc = { arena_alloc, arena_free, &a };
	Google__Bigtable__V2__MutateRowsResponse *r;
	int rc = 0;

	rate->present = 0;
	if ((a.memory = malloc(a.size)) == NULL)
		return (err_nomem(e));
	r = google__bigtable__v2__mutate_rows_response__unpack(&alloc, n, p);
	if (r == NULL) {
		b->broken = true;
	} else {
		rc = note_all(b, r, e);
		note_rate(r->rate_limit_info, rate);
		google__bigtable__v2__mutate_rows_response__free_unpacked(r,
		    &alloc);
	}
	free(a.memory);
	return (rc);
}
