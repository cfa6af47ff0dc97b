/* SPDX-License-Identifier: Apache-2.0 */
#include "sender.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "answer.h"
#include "batch.h"
#include "deadline.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/sig.h"
#include "lib/report/metrics.h"
#include "lib/report/msg.h"
#include "lib/report/waiting.h"
#include "lines.h"
#include "load/code.h"
#include "load/mutation.h"
#include "queue.h"
#include "rate_limit.h"
#include "retry.h"
#include "rpc.h"
#include "verdict.h"
#include "wire.h"

#define METHOD "/google.bigtable.v2.Bigtable/MutateRows"
#define STEP_MS 100     /* delay until a signal is noticed */
#define GRACE_MS 10000  /* time for requests in flight after a stop */

struct sender {
	struct queue queue;
	struct rpc *rpc;
	struct rate_limit rate;
	size_t flying;
	bool awaited; /* waiting_enter was called */
	int64_t held_since; /* throttled by the server's rate; or 0 */
	bool broken; /* a verdict failed halfway: send nothing more */
};

struct sender *
sender_new(const struct queue_conf *c, struct rpc *rpc, struct err *e)
{
	struct sender *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	if (queue_init(&s->queue, c, e) == -1) {
		free(s);
		return (NULL);
	}
	s->rpc = rpc;
	rate_limit_init(&s->rate);
	return (s);
}

void
sender_free(struct sender *s)
{

	if (s == NULL)
		return;
	queue_free(&s->queue);
	free(s);
}

/* From now on wait for the next response, if anything is in flight. */
static void
await_answer(struct sender *s)
{

	if (s->awaited)
		waiting_leave();
	s->awaited = s->flying > 0;
	if (s->awaited)
		waiting_enter(0, "Bigtable to answer MutateRows");
}

static int
start_attempt(struct sender *s, struct batch *b, int64_t now, struct err *e)
{
	const struct queue *q = &s->queue;
	struct rpc_request req = { .method = METHOD,
		.params = b->table->params, .features = q->conf.features,
		.cookies = &b->cookies, .arg = b };

	assert(!b->flying && b->sent > 0);
	if (!b->started) {
		b->started = true;
		backoff_init(&b->backoff, RETRY_BASE_MS, RETRY_CAP_MS,
		    q->conf.tries, q->conf.retry_ms);
	}
	req.deadline = deadline_attempt(q->conf.deadline, q->conf.attempt_ms);
	if (batch_request(b, (struct bytes){ q->tail, q->tail_len },
	    &req.message, e) == -1)
		return (-1);
	if ((b->call = rpc_start(s->rpc, &req, e)) == NULL)
		return (-1);
	rate_limit_sent(&s->rate, now);
	if (s->held_since != 0)
		*q->conf.counts.throttled_ms += (uint64_t)(now -
		    s->held_since);
	s->held_since = 0;
	b->begun = now;
	b->flying = true;
	if (s->flying++ == 0)
		await_answer(s);
	return (0);
}

/*
 * Move batches that are old enough to the queue, and send the batches of the
 * queue that are due and allowed.  ${wake} becomes the time of the next such
 * action.
 */
static int
pump_queue(struct sender *s, int64_t now, int64_t *wake, struct err *e)
{
	struct batch *b;
	int64_t at;

	queue_close_old(&s->queue, now, wake);
	for (b = s->queue.first; b != NULL &&
	    s->flying < s->queue.conf.requests; b = b->next) {
		if (b->flying)
			continue;
		at = rate_limit_at(&s->rate, now);
		if (at > now && b->due <= now && s->held_since == 0)
			s->held_since = now;
		if (b->due > at)
			at = b->due;
		if (at > now) {
			if (at < *wake)
				*wake = at;
		} else if (start_attempt(s, b, now, e) == -1) {
			return (-1);
		}
	}
	return (0);
}

static int
handle_message(struct sender *s, struct batch *b, const uint8_t *p, size_t n,
    struct err *e)
{
	struct answer_rate rate;
	int64_t now = clock_mono_ms();

	if (answer_note(b, p, n, &rate, e) == -1)
		return (-1);
	if (rate.present)
		rate_limit_info(&s->rate, now, rate.factor, rate.period_ms);
	else
		rate_limit_no_info(&s->rate, now);
	return (0);
}

/* Count an attempt that has ended. */
static void
count_attempt(const struct sender *s, const struct batch *b, int code)
{
	struct metrics *m = s->queue.conf.counts.metrics;

	metrics_request(m, code_name(code),
	    (double)(clock_mono_ms() - b->begun) / 1000);
	metrics_batch(m, b->sent);
}

static int
end_attempt(struct sender *s, struct batch *b, struct rpc_call *call,
    struct err *e)
{
	struct rpc_status st = *rpc_status(call);

	assert(b->flying && b->call == call && s->flying > 0);
	rpc_end(call);
	b->call = NULL;
	b->flying = false;
	s->flying--;
	count_attempt(s, b, st.code);
	msg_trace(MSG_INFO, "batch", "%s: %zu rows: %s, %" PRId64 " ms",
	    (const char *)b->table->named.name.p, b->sent,
	    code_name(st.code), clock_mono_ms() - b->begun);
	msg_trace(MSG_DEBUG, "batch_size", "%s: %zu mutations, %zu bytes",
	    (const char *)b->table->named.name.p, b->mutations,
	    b->bytes);
	if (st.code != CODE_OK)
		rate_limit_failed(&s->rate, clock_mono_ms(), st.code);
	if (verdict_attempt(&s->queue, b, &st, e) == -1) {
		s->broken = true;
		return (-1);
	}
	if (b->nlive == 0)
		queue_remove(&s->queue, b);
	return (0);
}

int
sender_work(struct sender *s, int64_t until, struct err *e)
{
	struct rpc_call *call;
	enum rpc_event ev;
	const uint8_t *p;
	int64_t wake = until;
	size_t n;

	if (pump_queue(s, clock_mono_ms(), &wake, e) == -1)
		return (-1);
	if (queue_is_empty(&s->queue))
		return (0);
	while ((ev = rpc_next(s->rpc, wake, &call, &p, &n)) != RPC_NOTHING) {
		wake = 0; /* then only events that are already there */
		if (ev == RPC_MESSAGE) {
			if (handle_message(s, rpc_arg(call), p, n, e) == -1)
				return (-1);
		} else if (end_attempt(s, rpc_arg(call), call, e) == -1) {
			return (-1);
		}
		await_answer(s);
	}
	(void)waiting_step();
	wake = until;
	if (pump_queue(s, clock_mono_ms(), &wake, e) == -1)
		return (-1);
	return (queue_is_empty(&s->queue) ? 0 : 1);
}

/*
 * Wait until another ${n} bytes may be held.  A line larger than the limit is
 * sent alone.
 */
static int
make_room(struct sender *s, size_t n, struct err *e)
{
	struct queue *q = &s->queue;

	while (q->held > 0 && q->held + n > q->conf.held) {
		queue_close_all(q);
		if (sig_check(e) == -1 ||
		    sender_work(s, clock_mono_ms() + STEP_MS, e) == -1)
			return (-1);
	}
	return (0);
}

/*
 * One batch may wait, to be sent as soon as a request ends; filling more of
 * them while the server is slow would only use memory.
 */
static int
send_full(struct sender *s, struct batch_table *t, struct err *e)
{
	int64_t until = 0;

	queue_close(&s->queue, t);
	do {
		if (sender_work(s, until, e) == -1 || sig_check(e) == -1)
			return (-1);
		until = clock_mono_ms() + STEP_MS;
	} while (queue_count_due(&s->queue, clock_mono_ms()) > 1);
	return (0);
}

int
sender_write(struct sender *s, const struct mutation *m, struct err *e)
{
	struct queue *q = &s->queue;
	struct batch_table *t;
	uint64_t hash;
	size_t n;

	if ((t = queue_table(q, m->table, e)) == NULL)
		return (-1);
	hash = busy_rows_hash(t, m->row);
	busy_rows_prefetch(q->busy, hash);
	n = wire_mutations_size(&q->wire, m);
	if (make_room(s, lines_cost(q, m, n), e) == -1 ||
	    lines_add(q, t, m, n, hash, e) == -1)
		return (-1);
	if (t->open == NULL || t->open->n < t->open->max)
		return (0);
	return (send_full(s, t, e));
}

/* Give up the batches that are not in flight. */
static int
stop_queue(struct sender *s, struct err *e)
{
	struct queue *q = &s->queue;
	struct batch *b, *next;

	q->stopping = true;
	queue_close_all(q);
	for (b = q->first; b != NULL; b = next) {
		next = b->next;
		if (b->flying)
			continue;
		if (verdict_cancel(q, b, e) == -1) {
			s->broken = true;
			return (-1);
		}
		queue_remove(q, b);
	}
	return (0);
}

static void
cancel_calls(struct sender *s)
{
	struct batch *b;

	for (b = s->queue.first; b != NULL; b = b->next)
		if (b->flying)
			rpc_cancel(b->call);
}

int
sender_finish(struct sender *s, enum target_end how, struct err *e)
{
	int64_t give_up = INT64_MAX;
	int rc;

	if (s->broken)
		return (-1);
	do {
		if ((how == TARGET_STOP || sig_caught() != 0) &&
		    !s->queue.stopping) {
			give_up = clock_mono_ms() + GRACE_MS;
			if (stop_queue(s, e) == -1)
				return (-1);
		}
		if (clock_mono_ms() > give_up) {
			cancel_calls(s);
			give_up = INT64_MAX;
		}
		queue_close_all(&s->queue);
		rc = sender_work(s, clock_mono_ms() + STEP_MS, e);
	} while (rc == 1);
	return (rc);
}
