/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "deadline.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/report/msg.h"
#include "lib/report/waiting.h"
#include "lines.h"
#include "load/code.h"
#include "queue.h"
#include "retry.h"
#include "rpc.h"

#define WARN_MS 10000 /* minimum time between warnings of a wait */

/* What a result refers to. */
enum result_scope {
	RESULT_OF_ROW,
	RESULT_OF_REQUEST,
	RESULT_UNKNOWN /* not about the row, whatever the code */
};

/* The result of an entry: success, or how it failed. */
struct result {
	int code;
	const char *message;
	int64_t retry_ms;
	enum result_scope scope;
};

static struct result
find_result(const struct batch *b, const struct batch_entry *x,
    const struct rpc_status *st)
{
	struct result r = { .code = CODE_INTERNAL, .retry_ms = -1,
		.scope = RESULT_UNKNOWN };

	if (b->broken) {
		r.message = "the answer names an entry that was not sent";
	} else if (x->answers > 1) {
		r.message = "the answer has two results for this entry";
	} else if (x->answers == 1) {
		r.code = x->code;
		r.message = x->message;
		r.retry_ms = x->retry_ms;
		r.scope = RESULT_OF_ROW;
	} else if (st->code == CODE_OK) {
		r.message = "the answer has no result for this entry";
	} else {
		r.code = st->code;
		r.message = st->message;
		r.retry_ms = st->retry_ms;
		r.scope = RESULT_OF_REQUEST;
	}
	return (r);
}

static int
report_line(struct queue *q, const struct batch_entry *x,
    const struct batch_part *part, const struct result *r, struct err *e)
{
	enum code_scope scope = r->scope == RESULT_OF_ROW ? CODE_OF_ROW :
	    CODE_OF_REQUEST;
	struct target_outcome o = {
		.index = part->index,
		.line = part->line,
		.row = x->key.row,
		.raw = { part->raw, part->raw_len },
		.code = r->code,
		.message = r->message == NULL ? "" : r->message,
		.attempts = x->attempts,
		.temporary = r->scope == RESULT_UNKNOWN || r->retry_ms >= 0 ||
		    code_class(r->code, scope) == ERR_TEMP,
		.scope = scope,
	};

	return (q->conf.writer.outcome(q->conf.writer.arg, &o, e));
}

/* Lines that wait for an entry have not been sent and will not be. */
static int
cancel_waiting(struct queue *q, struct batch_entry *x, struct err *e)
{
	const struct result r = { .code = CODE_CANCELLED,
		.message = "not sent", .retry_ms = -1,
		.scope = RESULT_UNKNOWN };
	struct batch_line *l;
	struct batch_part part;
	int rc;

	while (x->first != NULL) {
		l = queue_take(q, x);
		memset(&part, 0, sizeof(part));
		part.index = l->index;
		part.line = l->line;
		part.raw = l->data + l->len;
		part.raw_len = l->raw_len;
		rc = report_line(q, x, &part, &r, e);
		free(l);
		if (rc == -1)
			return (-1);
	}
	return (0);
}

/* Were merged lines refused together, perhaps because of one of them? */
static bool
is_shared_refusal(const struct queue *q, const struct batch_entry *x,
    const struct result *r)
{

	return (r->code != CODE_OK && x->nmore > 0 && !q->stopping &&
	    r->scope != RESULT_UNKNOWN && r->retry_ms < 0 &&
	    code_class(r->code, CODE_OF_ROW) != ERR_TEMP);
}

/*
 * ${x} is finished: report all its lines, and release the next ones of its row.
 */
static int
complete_entry(struct queue *q, struct batch *b, struct batch_entry *x,
    const struct result *r, struct err *e)
{
	size_t i;

	busy_rows_remove(q->busy, &x->key);
	if (is_shared_refusal(q, x, r)) {
		if (lines_split(q, b, x, e) == -1)
			return (-1);
	} else {
		for (i = 0; i <= x->nmore; i++)
			if (report_line(q, x, i == 0 ? &x->part :
			    &x->more[i - 1], r, e) == -1)
				return (-1);
	}
	batch_entry_clear(x);
	if (q->stopping)
		return (cancel_waiting(q, x, e));
	if (x->first == NULL)
		return (0);
	return (lines_next(q, b->table, x, e));
}

/* Was the entire request refused, so that it must not be repeated unchanged? */
static bool
is_refused_whole(const struct batch *b, const struct rpc_status *st)
{
	size_t i;

	if (b->broken || st->code == CODE_OK ||
	    retry_again(st->code, st->message, st->retry_ms))
		return (false);
	for (i = 0; i < b->sent; i++)
		if (b->entry[b->live[i]].answers > 0)
			return (false);
	return (true);
}

/*
 * Should the request be sent in parts?  That finds the row at fault, but a
 * server in trouble must not get one request per row.
 */
static bool
is_worth_halving(struct queue *q, const struct batch *b,
    const struct rpc_status *st)
{

	if (!is_refused_whole(b, st) || !code_splits(st->code) || q->stopping)
		return (false);
	if (code_class(st->code, CODE_OF_REQUEST) == ERR_TEMP) {
		if (q->lost)
			return (false);
		q->lost = b->sent == 1;
	}
	return (b->sent > 1);
}

/* Remember the reason, in case there is no other attempt. */
static int
remember_reason(struct batch_entry *x, const struct result *r, struct err *e)
{
	char *message;

	if ((message = strdup(r->message == NULL ? "" : r->message)) == NULL)
		return (err_nomem(e));
	free(x->message);
	x->message = message;
	x->code = r->code;
	return (0);
}

/* No attempts are left for the first ${n} live entries. */
static int
give_up_entries(struct queue *q, struct batch *b, size_t n, struct err *e)
{
	struct batch_entry *x;
	struct result r;
	size_t i;

	assert(n <= b->nlive);
	for (i = 0; i < n; i++) {
		x = &b->entry[b->live[i]];
		r.code = x->code == CODE_OK ? CODE_CANCELLED : x->code;
		r.message = x->message != NULL ? x->message : "not sent";
		r.retry_ms = -1;
		r.scope = RESULT_UNKNOWN;
		if (deadline_over(q->conf.deadline, clock_mono_ms())) {
			r.code = CODE_DEADLINE_EXCEEDED;
			r.message = "the time for the whole load is over";
		}
		if (complete_entry(q, b, x, &r, e) == -1)
			return (-1);
	}
	b->nlive -= n;
	memmove(b->live, b->live + n, b->nlive * sizeof(*b->live));
	return (0);
}

/* Report the reason for a long wait from time to time. */
static void
report_wait(struct queue *q, const struct batch *b, size_t rows,
    int64_t delay)
{
	const struct batch_entry *x = &b->entry[b->live[0]];
	int64_t now = clock_mono_ms();
	bool warn = b->backoff.tries >= BACKOFF_WARN_TRIES &&
	    (q->warned == 0 || now >= q->warned + WARN_MS);

	if (warn)
		q->warned = now;
	msg_log(warn ? MSG_WARNING : MSG_INFO, "retry",
	    "%zu rows: %s: %s; trying again in %" PRId64 " ms", rows,
	    code_name(x->code), x->message, delay);
	waiting_begin(delay, " (try %" PRIu32 "): %zu rows: %s: %s",
	    b->backoff.tries + 1, rows, code_name(x->code), x->message);
}

/*
 * Decide when to send the remaining entries, beginning with the ${again} that
 * failed, or that there is no point in a retry.
 */
static int
plan_retry(struct queue *q, struct batch *b, size_t again, bool progress,
    int64_t at_least, struct err *e)
{
	int64_t now = clock_mono_ms(), delay;

	if (q->stopping)
		return (give_up_entries(q, b, b->nlive, e));
	if (again == 0) {
		b->due = now;
		b->sent = b->nlive;
		return (0);
	}
	if (progress)
		b->started = false;
	delay = progress ? (at_least > 0 ? at_least : RETRY_BASE_MS / 2) :
	    backoff_next(&b->backoff, at_least > 0 ? at_least : 0);
	if (delay < 0 || deadline_over(q->conf.deadline, now + delay))
		return (give_up_entries(q, b, again, e));
	if (!progress)
		report_wait(q, b, again, delay);
	b->due = now + delay;
	b->sent = b->nlive;
	*q->conf.counts.retried += again;
	if (at_least > 0)
		*q->conf.counts.throttled_ms += (uint64_t)delay;
	return (0);
}

/* Send one half of a refused request, and the rest after it. */
static int
halve_request(struct batch *b)
{

	b->sent /= 2;
	b->due = clock_mono_ms();
	return (0);
}

int
verdict_attempt(struct queue *q, struct batch *b, const struct rpc_status *st,
    struct err *e)
{
	size_t i, again = 0, sent = b->sent;
	int64_t at_least = -1;
	bool progress = false, renew;
	struct batch_entry *x;
	struct result r;

	assert(sent > 0 && sent <= b->nlive && b->nlive <= b->n);
	if (is_worth_halving(q, b, st))
		return (halve_request(b));
	renew = retry_renews(st->code, &b->renewed);
	for (i = 0; i < sent; i++) {
		x = &b->entry[b->live[i]];
		if (i + 4 < sent)
			busy_rows_prefetch(q->busy,
			    b->entry[b->live[i + 4]].key.hash);
		r = find_result(b, x, st);
		if (retry_again(r.code, r.message, r.retry_ms) ||
		    (renew && r.code == CODE_UNAUTHENTICATED)) {
			if (remember_reason(x, &r, e) == -1)
				return (-1);
			if (r.retry_ms > at_least)
				at_least = r.retry_ms;
			b->live[again++] = b->live[i];
			continue;
		}
		progress = progress || r.code == CODE_OK;
		if (complete_entry(q, b, x, &r, e) == -1)
			return (-1);
	}
	memmove(b->live + again, b->live + sent,
	    (b->nlive - sent) * sizeof(*b->live));
	b->nlive -= sent - again;
	return (plan_retry(q, b, again, progress, at_least, e));
}

int
verdict_cancel(struct queue *q, struct batch *b, struct err *e)
{

	return (give_up_entries(q, b, b->nlive, e));
}
