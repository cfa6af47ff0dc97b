/* SPDX-License-Identifier: Apache-2.0 */
#include "senderq.h"

#include <stdlib.h>

#include "answer.h"
#include "batch.h"
#include "deadline.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/http/http.h"
#include "lib/report/metrics.h"
#include "retry.h"
#include "verdict.h"
#include "wire.h"

#define METHOD "/google.bigtable.v2.Bigtable/MutateRows"
#define MAX_NAME ((size_t)64 << 10) /* bytes of a table's name */

int
senderq_tail(struct sender *s)
{
	struct bytes profile = bytes_of(s->conf.app_profile);

	s->tail_len = profile.n == 0 ? 0 : wire_field_size(profile.n);
	if (s->tail_len == 0)
		return (0);
	if ((s->tail = malloc(s->tail_len)) == NULL)
		return (-1);
	wire_field(s->tail, 3, profile);
	return (0);
}

/* "projects/P/instances/I/tables/T", and the header that names it. */
static int
fill_table(const struct sender *s, struct batch_table *t, struct bytes name)
{
	struct bytes full;
	struct buf b, p;
	int rc = -1;

	buf_init(&b, MAX_NAME);
	buf_init(&p, 4 * MAX_NAME);
	buf_printf(&b, "%s/tables/", s->conf.instance);
	buf_append(&b, name.p, name.n);
	buf_puts(&p, "table_name=");
	http_escape(&p, b.data, b.len);
	buf_puts(&p, "&app_profile_id=");
	if (s->conf.app_profile != NULL)
		http_escape(&p, s->conf.app_profile,
		    strlen(s->conf.app_profile));
	if (b.failed || buf_cstr(&p) == NULL)
		goto done;
	full.p = b.data;
	full.n = b.len;
	t->name_len = name.n;
	t->head_len = wire_field_size(full.n);
	t->head = malloc(t->head_len);
	t->name = malloc(name.n + 1);
	t->params = strdup((const char *)p.data);
	if (t->head == NULL || t->name == NULL || t->params == NULL)
		goto done;
	wire_field(t->head, 1, full);
	memcpy(t->name, name.p, name.n);
	rc = 0;
done:
	buf_free(&b);
	buf_free(&p);
	return (rc);
}

struct batch_table *
senderq_table(struct sender *s, struct bytes name, struct err *e)
{
	struct batch_table **p, *t;

	for (p = &s->tables; (t = *p) != NULL; p = &t->next)
		if (t->name_len == name.n &&
		    memcmp(t->name, name.p, name.n) == 0) {
			*p = t->next;
			t->next = s->tables;
			return (s->tables = t);
		}
	if ((t = calloc(1, sizeof(*t))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	t->next = s->tables;
	s->tables = t;
	if (fill_table(s, t, name) == 0)
		return (t);
	err_nomem(e);
	return (NULL);
}

struct batch *
senderq_batch(struct sender *s, size_t size, struct err *e)
{
	struct batch *b = s->spare;

	if (size > s->conf.bytes)
		return (batch_new(s->conf.rows, size, e));
	if (b == NULL)
		return (batch_new(s->conf.rows, s->conf.bytes, e));
	s->spare = b->next;
	s->spares--;
	b->next = NULL;
	return (b);
}

/*
 * Memory that is used again was mapped, and filled, once; and it does not
 * lie between what gRPC frees.
 */
static void
keep_spare(struct sender *s, struct batch *b)
{

	if (b->size != s->conf.bytes || s->spares >= s->conf.held /
	    s->conf.bytes || !batch_reset(b)) {
		batch_free(b);
		return;
	}
	b->next = s->spare;
	s->spare = b;
	s->spares++;
}

static size_t
line_cost(const struct batch_line *l)
{

	return (sizeof(*l) + l->len + l->raw_len);
}

void
senderq_append(struct sender *s, struct batch_entry *x, struct batch_line *l)
{

	l->next = NULL;
	if (x->last != NULL)
		x->last->next = l;
	else
		x->first = l;
	x->last = l;
	s->held += line_cost(l);
}

struct batch_line *
senderq_take(struct sender *s, struct batch_entry *x)
{
	struct batch_line *l = x->first;

	if ((x->first = l->next) == NULL)
		x->last = NULL;
	s->held -= line_cost(l);
	return (l);
}

/* To the end of the queue: batches of one table go in order. */
void
senderq_dispatch(struct sender *s, struct batch_table *t)
{
	struct batch **p = &s->queue, *b = t->open;

	if (b == NULL)
		return;
	t->open = NULL;
	b->sent = b->nlive;
	while (*p != NULL)
		p = &(*p)->next;
	*p = b;
}

void
senderq_dispatch_all(struct sender *s)
{
	struct batch_table *t;

	for (t = s->tables; t != NULL; t = t->next)
		senderq_dispatch(s, t);
}

static void
unqueue(struct sender *s, struct batch *b)
{
	struct batch **p = &s->queue;

	while (*p != b)
		p = &(*p)->next;
	*p = b->next;
	s->held -= b->bytes;
	keep_spare(s, b);
}

static int
start(struct sender *s, struct batch *b, int64_t now, struct err *e)
{
	struct rpc_request req = { .method = METHOD,
		.params = b->table->params, .features = s->conf.features,
		.cookies = &b->cookies, .arg = b };

	if (!b->started) {
		b->started = true;
		backoff_init(&b->backoff, VERDICT_BASE_MS, VERDICT_CAP_MS,
		    (uint32_t)s->conf.tries, s->conf.retry_ms);
	}
	req.deadline = deadline_attempt(s->conf.deadline, s->conf.attempt_ms);
	if (batch_request(b, (struct bytes){ s->tail, s->tail_len },
	    &req.message, e) == -1)
		return (-1);
	if ((b->call = rpc_start(s->conf.rpc, &req, e)) == NULL)
		return (-1);
	rate_limit_sent(&s->flow, now);
	if (s->held_since != 0)
		*s->conf.writer.throttled_ms += (uint64_t)(now -
		    s->held_since);
	s->held_since = 0;
	b->begun = now;
	b->flying = true;
	s->flying++;
	return (0);
}

/*
 * Batches that are old enough go to the queue; what is due in the queue and
 * may go is sent.  ${wake} becomes the time when there is more to do.
 */
static int
pump(struct sender *s, int64_t now, int64_t *wake, struct err *e)
{
	struct batch_table *t;
	struct batch *b;
	int64_t at;

	for (t = s->tables; t != NULL; t = t->next) {
		if (t->open == NULL)
			continue;
		at = t->open->since + (int64_t)s->conf.age_ms;
		if (at <= now)
			senderq_dispatch(s, t);
		else if (at < *wake)
			*wake = at;
	}
	for (b = s->queue; b != NULL && s->flying < s->conf.requests;
	    b = b->next) {
		if (b->flying)
			continue;
		at = rate_limit_at(&s->flow, now);
		if (at > now && b->due <= now && s->held_since == 0)
			s->held_since = now;
		if (b->due > at)
			at = b->due;
		if (at > now) {
			if (at < *wake)
				*wake = at;
		} else if (start(s, b, now, e) == -1) {
			return (-1);
		}
	}
	return (0);
}

size_t
senderq_ready(const struct sender *s)
{
	const struct batch *b;
	int64_t now = clock_mono_ms();
	size_t n = 0;

	for (b = s->queue; b != NULL; b = b->next)
		n += !b->flying && b->due <= now;
	return (n);
}

static int
answered(struct sender *s, struct batch *b, const uint8_t *p, size_t n,
    struct err *e)
{
	struct answer_rate rate;
	int64_t now = clock_mono_ms();

	if (answer_note(b, p, n, &rate, e) == -1)
		return (-1);
	if (rate.present)
		rate_limit_info(&s->flow, now, rate.factor, rate.period_ms);
	else
		rate_limit_no_info(&s->flow, now);
	return (0);
}

/* Count an attempt that has ended. */
static void
count(const struct sender *s, const struct batch *b, int code)
{
	struct metrics *m = s->conf.writer.metrics;

	metrics_request(m, retry_name(code),
	    (double)(clock_mono_ms() - b->begun) / 1000);
	metrics_batch(m, b->sent);
}

static int
done(struct sender *s, struct batch *b, struct rpc_call *call, struct err *e)
{
	struct rpc_status st = *rpc_status(call);

	rpc_end(call);
	b->call = NULL;
	b->flying = false;
	s->flying--;
	count(s, b, st.code);
	if (st.code != RPC_OK)
		rate_limit_failed(&s->flow, clock_mono_ms(), st.code);
	if (verdict_attempt(s, b, &st, e) == -1) {
		s->broken = true;
		return (-1);
	}
	if (b->nlive == 0)
		unqueue(s, b);
	return (0);
}

static bool
pending(const struct sender *s)
{
	const struct batch_table *t;

	for (t = s->tables; t != NULL; t = t->next)
		if (t->open != NULL)
			return (true);
	return (s->queue != NULL);
}

int
sender_work(struct sender *s, int64_t until, struct err *e)
{
	struct rpc_call *call;
	enum rpc_event ev;
	const uint8_t *p;
	int64_t wake = until;
	size_t n;

	if (pump(s, clock_mono_ms(), &wake, e) == -1)
		return (-1);
	if (!pending(s))
		return (0);
	while ((ev = rpc_next(s->conf.rpc, wake, &call, &p, &n)) !=
	    RPC_NOTHING) {
		wake = 0; /* then only what is there already */
		if (ev == RPC_MESSAGE) {
			if (answered(s, rpc_arg(call), p, n, e) == -1)
				return (-1);
		} else if (done(s, rpc_arg(call), call, e) == -1) {
			return (-1);
		}
	}
	wake = until;
	if (pump(s, clock_mono_ms(), &wake, e) == -1)
		return (-1);
	return (pending(s) ? 1 : 0);
}

int
senderq_stop(struct sender *s, struct err *e)
{
	struct batch *b, *next;

	s->stopping = true;
	senderq_dispatch_all(s);
	for (b = s->queue; b != NULL; b = next) {
		next = b->next;
		if (b->flying)
			continue;
		if (verdict_cancel(s, b, e) == -1) {
			s->broken = true;
			return (-1);
		}
		unqueue(s, b);
	}
	return (0);
}

void
senderq_cancel(struct sender *s)
{
	struct batch *b;

	for (b = s->queue; b != NULL; b = b->next)
		if (b->flying)
			rpc_cancel(b->call);
}
