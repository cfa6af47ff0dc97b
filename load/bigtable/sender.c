/* SPDX-License-Identifier: Apache-2.0 */
#include "sender.h"

#include <stdlib.h>

#include "batch.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/sig.h"
#include "load/mutation.h"
#include "senderq.h"
#include "wire.h"

/* What a line costs besides its bytes. */
#define OVERHEAD (sizeof(struct batch_entry) + sizeof(uint32_t))
#define STEP_MS 100     /* a signal is noticed after so long */
#define GRACE_MS 10000  /* for what is in flight when told to stop */

struct sender *
sender_new(const struct sender_conf *c, struct err *e)
{
	struct sender *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		goto err0;
	s->conf = *c;
	rate_limit_init(&s->flow);
	if ((s->inflight = busy_rows_new(c->rows * c->requests)) == NULL)
		goto err1;
	if (c->app_profile != NULL && senderq_tail(s) == -1)
		goto err1;
	return (s);

err1:
	sender_free(s);
err0:
	err_nomem(e);
	return (NULL);
}

void
sender_free(struct sender *s)
{
	struct batch_table *t;
	struct batch *b;

	if (s == NULL)
		return;
	while ((b = s->queue) != NULL) {
		s->queue = b->next;
		batch_free(b);
	}
	while ((b = s->spare) != NULL) {
		s->spare = b->next;
		batch_free(b);
	}
	while ((t = s->tables) != NULL) {
		s->tables = t->next;
		batch_free(t->open);
		free(t->name);
		free(t->params);
		free(t->head);
		free(t);
	}
	busy_rows_free(s->inflight);
	free(s->tail);
	free(s);
}

/* The open batch of ${t} with room for an entry, or a new one. */
static struct batch *
open_batch(struct sender *s, struct batch_table *t, size_t n,
    size_t mutations, struct err *e)
{

	if (t->open != NULL && !batch_fits(t->open, n, mutations))
		senderq_dispatch(s, t);
	if (t->open == NULL && (t->open = senderq_batch(s, t->head_len + n +
	    s->tail_len, e)) != NULL)
		batch_begin(t->open, t,
		    (struct bytes){ t->head, t->head_len });
	return (t->open);
}

static struct batch_entry *
add_entry(struct sender *s, struct batch_table *t, struct bytes row,
    uint64_t hash, size_t n, uint32_t mutations, struct err *e)
{
	size_t size = wire_entry_size(row.n, n);
	struct batch_entry *x;
	struct batch *b;

	if ((b = open_batch(s, t, size, mutations, e)) == NULL)
		return (NULL);
	x = batch_add(b, row, n);
	x->mutations = mutations;
	b->mutations += mutations;
	b->bytes += size + OVERHEAD;
	s->held += size + OVERHEAD;
	x->key.hash = hash;
	x->key.table = t;
	busy_rows_add(s->inflight, &x->key);
	return (x);
}

static uint32_t
mutations_of(const struct mutation *m)
{

	return (m->delete ? 1 : (uint32_t)m->ncells);
}

/* The line as it came, which is held as long as its batch. */
static int
keep_raw(struct sender *s, struct batch *b, struct batch_part *part,
    struct bytes raw, struct err *e)
{

	if (!s->conf.writer.keep_raw)
		return (0);
	if ((part->raw = malloc(raw.n + 1)) == NULL)
		return (err_nomem(e));
	memcpy(part->raw, raw.p, raw.n);
	part->raw_len = raw.n;
	b->bytes += raw.n;
	s->held += raw.n;
	return (0);
}

/* A line whose row is not under way goes straight into its batch. */
static int
pack(struct sender *s, struct batch_table *t, const struct mutation *m,
    size_t n, uint64_t hash, struct err *e)
{
	struct batch_entry *x;

	x = add_entry(s, t, m->row, hash, n, mutations_of(m), e);
	if (x == NULL)
		return (-1);
	wire_mutations(batch_mutations(t->open, x), m);
	x->part.index = m->index;
	x->part.line = m->line;
	x->part.mutations = x->mutations;
	x->part.len = n;
	return (keep_raw(s, t->open, &x->part, m->raw, e));
}

/* A line whose row is under way waits there, packed. */
static int
wait_behind(struct sender *s, struct batch_entry *x,
    const struct mutation *m, size_t n, struct err *e)
{
	size_t raw = s->conf.writer.keep_raw ? m->raw.n : 0;
	struct batch_line *l;

	if ((l = malloc(sizeof(*l) + n + raw)) == NULL)
		return (err_nomem(e));
	l->index = m->index;
	l->line = m->line;
	l->mutations = mutations_of(m);
	l->alone = false;
	l->len = n;
	l->raw_len = raw;
	wire_mutations(l->data, m);
	memcpy(l->data + n, m->raw.p, raw);
	senderq_append(s, x, l);
	return (0);
}

/* The lines waiting for ${x}'s row, as many as one entry takes. */
static size_t
count_waiting(const struct sender *s, const struct batch_entry *x, size_t *n,
    uint32_t *mutations)
{
	const struct batch_line *l = x->first;
	size_t lines = 0;

	*n = 0;
	*mutations = 0;
	while (l != NULL) {
		if (lines > 0 && (l->alone || x->first->alone ||
		    *n + l->len > s->conf.bytes ||
		    *mutations + l->mutations > BIGTABLE_MAX_CELLS))
			break;
		*n += l->len;
		*mutations += l->mutations;
		lines++;
		l = l->next;
	}
	return (lines);
}

static int
take_line(struct sender *s, struct batch *b, struct batch_part *part,
    struct batch_line *l, uint8_t *to, struct err *e)
{

	memset(part, 0, sizeof(*part));
	part->index = l->index;
	part->line = l->line;
	part->mutations = l->mutations;
	part->len = l->len;
	memcpy(to, l->data, l->len);
	return (keep_raw(s, b, part, (struct bytes){ l->data + l->len,
	    l->raw_len }, e));
}

/* ${done} is over and lines wait for its row: they become an entry. */
int
sender_next(struct sender *s, struct batch_table *t, struct batch_entry *done,
    struct err *e)
{
	size_t n, i, lines;
	uint32_t mutations;
	struct batch_entry *x;
	struct batch_line *l;
	uint8_t *to;

	lines = count_waiting(s, done, &n, &mutations);
	x = add_entry(s, t, done->key.row, done->key.hash, n, mutations, e);
	if (x == NULL)
		return (-1);
	if (lines > 1) {
		x->more = calloc(lines - 1, sizeof(*x->more));
		if (x->more == NULL)
			return (err_nomem(e));
	}
	to = batch_mutations(t->open, x);
	for (i = 0; i < lines; i++) {
		l = senderq_take(s, done);
		if (take_line(s, t->open, i == 0 ? &x->part :
		    &x->more[x->nmore++], l, to, e) == -1) {
			free(l);
			return (-1);
		}
		to += l->len;
		free(l);
	}
	x->first = done->first;
	x->last = done->last;
	done->first = done->last = NULL;
	return (0);
}

/*
 * Wait until another ${n} bytes may be held.  A line that is larger than all
 * that may be held goes alone.
 */
static int
make_room(struct sender *s, size_t n, struct err *e)
{

	while (s->held > 0 && s->held + n > s->conf.held) {
		senderq_dispatch_all(s);
		if (sig_check(e) == -1 ||
		    sender_work(s, clock_mono_ms() + STEP_MS, e) == -1)
			return (-1);
	}
	return (0);
}

/*
 * One batch may wait for a request to end, to be sent at once then; filling
 * more of them while the server is slow is only memory.
 */
static int
send_full(struct sender *s, struct batch_table *t, struct err *e)
{
	int64_t until = 0;

	senderq_dispatch(s, t);
	do {
		if (sender_work(s, until, e) == -1 || sig_check(e) == -1)
			return (-1);
		until = clock_mono_ms() + STEP_MS;
	} while (senderq_ready(s) > 1);
	return (0);
}

int
sender_write(struct sender *s, const struct mutation *m, struct err *e)
{
	struct busy_rows_key *busy;
	struct batch_table *t;
	uint64_t hash;
	size_t n;

	if ((t = senderq_table(s, m->table, e)) == NULL)
		return (-1);
	hash = busy_rows_hash(t, m->row);
	busy_rows_prefetch(s->inflight, hash);
	n = wire_mutations_size(m);
	if (make_room(s, n + m->row.n + OVERHEAD +
	    (s->conf.writer.keep_raw ? m->raw.n : 0), e) == -1)
		return (-1);
	busy = busy_rows_find(s->inflight, hash, t, m->row);
	/* The key is the first member of its entry. */
	if (busy != NULL)
		return (wait_behind(s, (struct batch_entry *)busy, m, n, e));
	if (pack(s, t, m, n, hash, e) == -1)
		return (-1);
	return (t->open->n < t->open->max ? 0 : send_full(s, t, e));
}

int
sender_finish(struct sender *s, bool stop, struct err *e)
{
	int64_t give_up = INT64_MAX;
	int rc;

	if (s->broken)
		return (-1);
	do {
		if ((stop || sig_caught() != 0) && !s->stopping) {
			give_up = clock_mono_ms() + GRACE_MS;
			if (senderq_stop(s, e) == -1)
				return (-1);
		}
		if (clock_mono_ms() > give_up) {
			senderq_cancel(s);
			give_up = INT64_MAX;
		}
		senderq_dispatch_all(s);
		rc = sender_work(s, clock_mono_ms() + STEP_MS, e);
	} while (rc == 1);
	return (rc);
}
