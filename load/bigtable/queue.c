/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"

#include <assert.h>
#include <stdlib.h>

#include "batch.h"
#include "busy_rows.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/percent.h"
#include "lib/http/http.h"
#include "wire.h"

#define MAX_NAME ((size_t)64 << 10) /* bytes of a table's name */

/* Pack the end of every request, the app profile. */
static int
pack_tail(struct queue *q)
{
	struct bytes profile = bytes_of(q->conf.app_profile);

	q->tail_len = profile.n == 0 ? 0 : wire_field_size(profile.n);
	if (q->tail_len == 0)
		return (0);
	if ((q->tail = malloc(q->tail_len)) == NULL)
		return (-1);
	wire_field(q->tail, 3, profile);
	return (0);
}

int
queue_init(struct queue *q, const struct queue_conf *c, struct err *e)
{

	memset(q, 0, sizeof(*q));
	q->conf = *c;
	if ((q->busy = busy_rows_new(c->rows * c->requests)) == NULL)
		return (err_nomem(e));
	if (c->app_profile != NULL && pack_tail(q) == -1) {
		busy_rows_free(q->busy);
		return (err_nomem(e));
	}
	return (0);
}

static void
free_batches(struct batch *b)
{
	struct batch *next;

	for (; b != NULL; b = next) {
		next = b->next;
		batch_free(b);
	}
}

static void
free_tables(struct queue *q)
{
	struct batch_table *t;

	while ((t = queue_table_of(named_drop(&q->tables))) != NULL) {
		batch_free(t->open);
		free(t->params);
		free(t->head);
		free(t);
	}
}

void
queue_free(struct queue *q)
{

	free_batches(q->first);
	free_batches(q->spare);
	free_tables(q);
	busy_rows_free(q->busy);
	free(q->tail);
}

/* "projects/P/instances/I/tables/T", and the header that names it. */
static int
fill_table_head(const struct queue *q, struct batch_table *t, struct bytes name)
{
	struct bytes full;
	struct buf b, p;
	int rc = -1;

	buf_init(&b, MAX_NAME);
	buf_init(&p, 4 * MAX_NAME);
	buf_printf(&b, "%s/tables/", q->conf.instance);
	buf_append(&b, name.p, name.n);
	buf_puts(&p, "table_name=");
	percent_encode(&p, b.data, b.len);
	buf_puts(&p, "&app_profile_id=");
	if (q->conf.app_profile != NULL)
		percent_encode(&p, q->conf.app_profile,
		    strlen(q->conf.app_profile));
	if (b.failed || buf_cstr(&p) == NULL)
		goto done;
	full.p = b.data;
	full.n = b.len;
	t->head_len = wire_field_size(full.n);
	t->head = malloc(t->head_len);
	t->params = strdup((const char *)p.data);
	if (t->head == NULL || t->params == NULL)
		goto done;
	wire_field(t->head, 1, full);
	rc = 0;
done:
	buf_free(&b);
	buf_free(&p);
	return (rc);
}

struct batch_table *
queue_table(struct queue *q, struct bytes name, struct err *e)
{
	struct batch_table *t;

	if ((t = queue_table_of(named_find(&q->tables, name))) != NULL)
		return (t);
	if ((t = calloc(1, sizeof(*t))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	if (named_add(&q->tables, &t->named, name, e) == -1) {
		free(t);
		return (NULL);
	}
	if (fill_table_head(q, t, name) == 0)
		return (t);
	err_nomem(e);
	return (NULL);
}

/*
 * Return an empty batch for requests of ${size} bytes, a spare one if possible.
 */
static struct batch *
get_batch(struct queue *q, size_t size, struct err *e)
{
	struct batch *b = q->spare;

	assert((b == NULL) == (q->spares == 0));
	if (size > q->conf.bytes)
		return (batch_new(q->conf.rows, size, e));
	if (b == NULL)
		return (batch_new(q->conf.rows, q->conf.bytes, e));
	q->spare = b->next;
	q->spares--;
	b->next = NULL;
	return (b);
}

struct batch *
queue_open(struct queue *q, struct batch_table *t, size_t n, size_t mutations,
    struct err *e)
{

	if (t->open != NULL && !batch_fits(t->open, n, mutations))
		queue_close(q, t);
	if (t->open == NULL && (t->open = get_batch(q, t->head_len + n +
	    q->tail_len, e)) != NULL)
		batch_begin(t->open, t,
		    (struct bytes){ t->head, t->head_len });
	return (t->open);
}

void
queue_hold(struct queue *q, struct batch *b, size_t n)
{

	b->bytes += n;
	q->held += n;
}

/*
 * Reused memory is already mapped and faulted in, and does not lie between
 * blocks that gRPC frees.
 */
static void
keep_spare(struct queue *q, struct batch *b)
{

	if (b->size != q->conf.bytes || q->spares >= q->conf.held /
	    q->conf.bytes || !batch_reset(b)) {
		batch_free(b);
		return;
	}
	b->next = q->spare;
	q->spare = b;
	q->spares++;
}

static size_t
count_line_bytes(const struct batch_line *l)
{

	return (sizeof(*l) + l->len + l->raw_len);
}

void
queue_append(struct queue *q, struct batch_entry *x, struct batch_line *l)
{

	assert((x->first == NULL) == (x->last == NULL));
	l->next = NULL;
	if (x->last != NULL)
		x->last->next = l;
	else
		x->first = l;
	x->last = l;
	q->held += count_line_bytes(l);
}

struct batch_line *
queue_take(struct queue *q, struct batch_entry *x)
{
	struct batch_line *l = x->first;

	if ((x->first = l->next) == NULL)
		x->last = NULL;
	assert(q->held >= count_line_bytes(l));
	q->held -= count_line_bytes(l);
	return (l);
}

/* Append to the queue: batches of one table are sent in order. */
void
queue_close(struct queue *q, struct batch_table *t)
{
	struct batch **p = &q->first, *b = t->open;

	if (b == NULL)
		return;
	assert(b->table == t && b->next == NULL && b->nlive == b->n);
	t->open = NULL;
	b->sent = b->nlive;
	while (*p != NULL)
		p = &(*p)->next;
	*p = b;
}

void
queue_close_all(struct queue *q)
{
	struct named *n;

	for (n = q->tables.first; n != NULL; n = n->next)
		queue_close(q, queue_table_of(n));
}

void
queue_close_old(struct queue *q, int64_t now, int64_t *wake)
{
	struct batch_table *t;
	struct named *n;
	int64_t at;

	for (n = q->tables.first; n != NULL; n = n->next) {
		t = queue_table_of(n);
		if (t->open == NULL)
			continue;
		at = t->open->since + (int64_t)q->conf.age_ms;
		if (at <= now)
			queue_close(q, t);
		else if (at < *wake)
			*wake = at;
	}
}

void
queue_remove(struct queue *q, struct batch *b)
{
	struct batch **p = &q->first;

	assert(!b->flying && b->nlive == 0 && q->held >= b->bytes);
	while (*p != b)
		p = &(*p)->next;
	*p = b->next;
	q->held -= b->bytes;
	keep_spare(q, b);
}

size_t
queue_count_due(const struct queue *q, int64_t now)
{
	const struct batch *b;
	size_t n = 0;

	for (b = q->first; b != NULL; b = b->next)
		n += !b->flying && b->due <= now;
	return (n);
}

bool
queue_is_empty(const struct queue *q)
{
	struct named *n;

	for (n = q->tables.first; n != NULL; n = n->next)
		if (queue_table_of(n)->open != NULL)
			return (false);
	return (q->first == NULL);
}
