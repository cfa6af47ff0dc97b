/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "deadline.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/report/msg.h"
#include "retry.h"
#include "senderq.h"

#define TELL 4        /* as many failures in a row deserve a warning */
#define TELL_MS 10000 /* but no other one for so long */

/* How an entry failed, or that it did not. */
struct result {
	int code;
	const char *message;
	int64_t retry_ms;
	bool lost;  /* no verdict on the row, whatever the code */
	bool whole; /* said of the request, not of this entry */
};

static struct result
result_of(const struct batch *b, const struct batch_entry *x,
    const struct rpc_status *st)
{
	struct result r = { RPC_INTERNAL, NULL, -1, true, true };

	if (b->broken) {
		r.message = "the answer names an entry that was not sent";
	} else if (x->answers > 1) {
		r.message = "the answer has two results for this entry";
	} else if (x->answers == 1) {
		r.code = x->code;
		r.message = x->message;
		r.retry_ms = x->retry_ms;
		r.lost = r.whole = false;
	} else if (st->code == RPC_OK) {
		r.message = "the answer has no result for this entry";
	} else {
		r.code = st->code;
		r.message = st->message;
		r.retry_ms = st->retry_ms;
		r.lost = false;
	}
	return (r);
}

static int
tell(struct sender *s, const struct batch_entry *x,
    const struct batch_part *part, const struct result *r, struct err *e)
{
	struct target_outcome o = {
		.index = part->index,
		.line = part->line,
		.row = x->key.row,
		.raw = { part->raw, part->raw_len },
		.code = r->code,
		.message = r->message == NULL ? "" : r->message,
		.attempts = x->attempts,
		.temporary = r->lost || retry_temporary(r->code) ||
		    r->retry_ms >= 0 || (r->whole && retry_lost(r->code)),
		.whole = r->whole,
	};

	return (s->conf.writer.outcome(s->conf.writer.arg, &o, e));
}

/*
 * Lines that were merged and refused together are tried one by one: put the
 * parts back in front of the lines that wait.
 */
static int
split(struct sender *s, const struct batch *b, struct batch_entry *x,
    struct err *e)
{
	struct batch_line *l, *rest = x->first, *last = x->last;
	const uint8_t *from = batch_mutations(b, x);
	const struct batch_part *part;
	size_t i;

	x->first = x->last = NULL;
	for (i = 0; i <= x->nmore; i++) {
		part = i == 0 ? &x->part : &x->more[i - 1];
		l = malloc(sizeof(*l) + part->len + part->raw_len);
		if (l == NULL)
			return (err_nomem(e));
		l->index = part->index;
		l->line = part->line;
		l->mutations = part->mutations;
		l->alone = true;
		l->len = part->len;
		l->raw_len = part->raw_len;
		memcpy(l->data, from, part->len);
		memcpy(l->data + part->len, part->raw, part->raw_len);
		from += part->len;
		senderq_append(s, x, l);
	}
	if (rest != NULL) {
		x->last->next = rest;
		x->last = last;
	}
	return (0);
}

/* Lines that wait behind an entry have not been sent and will not be. */
static int
cancel_waiting(struct sender *s, struct batch_entry *x, struct err *e)
{
	const struct result r = { RPC_CANCELLED, "not sent", -1, true, true };
	struct batch_line *l;
	struct batch_part part;
	int rc;

	while (x->first != NULL) {
		l = senderq_take(s, x);
		memset(&part, 0, sizeof(part));
		part.index = l->index;
		part.line = l->line;
		part.raw = l->data + l->len;
		part.raw_len = l->raw_len;
		rc = tell(s, x, &part, &r, e);
		free(l);
		if (rc == -1)
			return (-1);
	}
	return (0);
}

/* ${x} is done: tell all its lines, and let the next lines of its row go. */
static int
complete(struct sender *s, struct batch *b, struct batch_entry *x,
    const struct result *r, struct err *e)
{
	size_t i;

	busy_rows_remove(s->inflight, &x->key);
	if (r->code != RPC_OK && x->nmore > 0 && !s->stopping &&
	    !r->lost && r->retry_ms < 0 && !retry_temporary(r->code)) {
		if (split(s, b, x, e) == -1)
			return (-1);
	} else {
		for (i = 0; i <= x->nmore; i++)
			if (tell(s, x, i == 0 ? &x->part : &x->more[i - 1],
			    r, e) == -1)
				return (-1);
	}
	batch_entry_clear(x);
	if (s->stopping)
		return (cancel_waiting(s, x, e));
	if (x->first == NULL)
		return (0);
	return (sender_next(s, b->table, x, e));
}

/* A request refused as a whole, not to be repeated as it is. */
static bool
refused(const struct batch *b, const struct rpc_status *st)
{
	size_t i;

	if (b->broken || st->code == RPC_OK ||
	    retry_again(st->code, st->message, st->retry_ms))
		return (false);
	for (i = 0; i < b->sent; i++)
		if (b->entry[b->live[i]].answers > 0)
			return (false);
	return (true);
}

/*
 * Is it worth while to send the request in parts?  The guilty row is to be
 * found, but a server in trouble is not asked for every row.
 */
static bool
to_bisect(struct sender *s, const struct batch *b,
    const struct rpc_status *st)
{

	if (!refused(b, st) || retry_hopeless(st->code) || s->stopping)
		return (false);
	if (retry_lost(st->code)) {
		if (s->lost)
			return (false);
		s->lost = b->sent == 1;
	}
	return (b->sent > 1);
}

/* Remember why, in case there is no other attempt. */
static int
remember(struct batch_entry *x, const struct result *r, struct err *e)
{
	char *message;

	if ((message = strdup(r->message == NULL ? "" : r->message)) == NULL)
		return (err_nomem(e));
	free(x->message);
	x->message = message;
	x->code = r->code;
	return (0);
}

/* Nothing more can be tried for the first ${n} live entries. */
static int
give_up(struct sender *s, struct batch *b, size_t n, struct err *e)
{
	struct batch_entry *x;
	struct result r;
	size_t i;

	for (i = 0; i < n; i++) {
		x = &b->entry[b->live[i]];
		r.code = x->code == RPC_OK ? RPC_CANCELLED : x->code;
		r.message = x->message != NULL ? x->message : "not sent";
		r.retry_ms = -1;
		r.lost = r.whole = true;
		if (deadline_over(s->conf.deadline, clock_mono_ms())) {
			r.code = RPC_DEADLINE_EXCEEDED;
			r.message = "the time for the whole load is over";
		}
		if (complete(s, b, x, &r, e) == -1)
			return (-1);
	}
	b->nlive -= n;
	memmove(b->live, b->live + n, b->nlive * sizeof(*b->live));
	return (0);
}

/* What takes long has a reason, which is told now and then. */
static void
tell_wait(struct sender *s, const struct batch *b, size_t rows,
    int64_t delay)
{
	const struct batch_entry *x = &b->entry[b->live[0]];
	int64_t now = clock_mono_ms();
	bool warn = b->backoff.tries >= TELL && now >= s->tell;

	if (warn)
		s->tell = now + TELL_MS;
	msg_log(warn ? MSG_WARNING : MSG_INFO, "retry",
	    "%zu rows: %s: %s; trying again in %" PRId64 " ms", rows,
	    retry_name(x->code), x->message, delay);
}

/*
 * When to send what is left, the ${again} entries that failed before it, or
 * that it is no use.
 */
static int
plan(struct sender *s, struct batch *b, size_t again, bool progress,
    int64_t at_least, struct err *e)
{
	int64_t now = clock_mono_ms(), delay;

	if (s->stopping)
		return (give_up(s, b, b->nlive, e));
	if (again == 0) {
		b->due = now;
		b->sent = b->nlive;
		return (0);
	}
	if (progress)
		b->started = false;
	delay = progress ? (at_least > 0 ? at_least : VERDICT_BASE_MS / 2) :
	    backoff_next(&b->backoff, at_least > 0 ? at_least : 0);
	if (delay < 0 || deadline_over(s->conf.deadline, now + delay))
		return (give_up(s, b, again, e));
	if (!progress)
		tell_wait(s, b, again, delay);
	b->due = now + delay;
	b->sent = b->nlive;
	*s->conf.writer.retried += again;
	if (at_least > 0)
		*s->conf.writer.throttled_ms += (uint64_t)delay;
	return (0);
}

/* Send half of a refused request, and the rest after it. */
static int
bisect(struct batch *b)
{

	b->sent /= 2;
	b->due = clock_mono_ms();
	return (0);
}

int
verdict_attempt(struct sender *s, struct batch *b,
    const struct rpc_status *st, struct err *e)
{
	size_t i, again = 0, sent = b->sent;
	int64_t at_least = -1;
	bool progress = false;
	struct batch_entry *x;
	struct result r;

	if (to_bisect(s, b, st))
		return (bisect(b));
	for (i = 0; i < sent; i++) {
		x = &b->entry[b->live[i]];
		if (i + 4 < sent)
			busy_rows_prefetch(s->inflight,
			    b->entry[b->live[i + 4]].key.hash);
		r = result_of(b, x, st);
		if (retry_again(r.code, r.message, r.retry_ms) ||
		    (r.code == RPC_UNAUTHENTICATED && !b->new_token)) {
			if (remember(x, &r, e) == -1)
				return (-1);
			if (r.retry_ms > at_least)
				at_least = r.retry_ms;
			b->live[again++] = b->live[i];
			continue;
		}
		progress = progress || r.code == RPC_OK;
		if (complete(s, b, x, &r, e) == -1)
			return (-1);
	}
	b->new_token = b->new_token || st->code == RPC_UNAUTHENTICATED;
	memmove(b->live + again, b->live + sent,
	    (b->nlive - sent) * sizeof(*b->live));
	b->nlive -= sent - again;
	return (plan(s, b, again, progress, at_least, e));
}

int
verdict_cancel(struct sender *s, struct batch *b, struct err *e)
{

	return (give_up(s, b, b->nlive, e));
}
