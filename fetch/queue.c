/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"

#include <assert.h>
#include <string.h>

#include "fetch/source/spec.h"
#include "fetch/source/window.h"
#include "lib/base/err.h"
#include "request.h"

void
queue_init(struct queue *q, const struct source *s, struct exchange_client *c,
    unsigned most)
{

	memset(q, 0, sizeof(*q));
	q->source = s;
	q->client = c;
	q->most = most < QUEUE_MAX ? most : QUEUE_MAX;
	if (q->most > s->max_pages)
		q->most = (unsigned)s->max_pages;
	q->last = UINT64_MAX;
}

void
queue_free(struct queue *q)
{

	queue_clear(q);
}

struct queue_slot *
queue_first(struct queue *q)
{

	assert(q->n > 0);
	return (&q->slot[0]);
}

/* Remove slot ${i}. */
static void
remove_slot(struct queue *q, unsigned i)
{

	assert(i < q->n && q->n <= QUEUE_MAX);
	exchange_free(q->slot[i].exchange);
	paginate_pos_free(&q->slot[i].pos);
	q->n--;
	memmove(&q->slot[i], &q->slot[i + 1],
	    (q->n - i) * sizeof(q->slot[0]));
}

void
queue_drop(struct queue *q)
{

	remove_slot(q, 0);
}

void
queue_clear(struct queue *q)
{

	while (q->n > 0)
		remove_slot(q, q->n - 1);
}

/* The variables of a position. */
struct vars {
	struct request_vars v;
	char from[WINDOW_TEXT], to[WINDOW_TEXT], until[WINDOW_TEXT];
};

static void
set_vars(const struct source *s, const struct paginate_pos *pos,
    struct vars *v)
{
	const struct window_spec *w = &s->window;

	memset(v, 0, sizeof(*v));
	v->v.source = s;
	v->v.pos = pos;
	if (w->step == 0)
		return;
	(void)window_text(w, pos->window, WINDOW_FROM, v->from);
	(void)window_text(w, pos->window, WINDOW_TO, v->to);
	(void)window_text(w, pos->window, WINDOW_UNTIL, v->until);
	v->v.from = v->from;
	v->v.to = v->to;
	v->v.until = v->until;
}

/* Request the page at ${pos} and make it slot ${i}. */
static int
request_page(struct queue *q, unsigned i, const struct paginate_pos *pos,
    struct err *e)
{
	struct queue_slot s;
	struct vars v;

	assert(q->n < QUEUE_MAX && i <= q->n);
	set_vars(q->source, pos, &v);
	v.v.record = q->record;
	paginate_pos_init(&s.pos);
	s.exchange = NULL;
	if (paginate_copy(&s.pos, pos, e) == 0)
		s.exchange = exchange_new(q->client, &v.v, e);
	if (s.exchange == NULL) {
		paginate_pos_free(&s.pos);
		return (-1);
	}
	memmove(&q->slot[i + 1], &q->slot[i],
	    (q->n - i) * sizeof(q->slot[0]));
	q->slot[i] = s;
	q->n++;
	return (0);
}

void
queue_start(const struct source *s, struct paginate_pos *pos)
{

	paginate_first(&s->paginate, pos);
	pos->windows = s->window.step != 0;
	pos->times = s->window.unit == WINDOW_TIMES;
	pos->window = s->window.from;
}

int
queue_show(const struct source *s, const struct scan *record,
    struct buf *out, struct err *e)
{
	struct paginate_pos pos;
	struct request r;
	struct vars v;
	int rc;

	paginate_pos_init(&pos);
	queue_start(s, &pos);
	set_vars(s, &pos, &v);
	v.v.hide = true;
	v.v.record = record;
	request_init(&r);
	rc = request_build(&r, &v.v, e);
	if (rc == 0)
		request_show(&r, out);
	request_free(&r);
	paginate_pos_free(&pos);
	return (rc);
}

bool
queue_next_window(const struct queue *q, int64_t window,
    struct paginate_pos *next)
{
	const struct window_spec *w = &q->source->window;
	int64_t at;

	if (w->step == 0)
		return (false);
	at = window_next(w, window);
	if (window_over(w, at))
		return (false);
	paginate_first(&q->source->paginate, next);
	next->windows = true;
	next->times = w->unit == WINDOW_TIMES;
	next->window = at;
	return (true);
}

/* The page that surely follows ${p}, if one is known. */
static bool
find_ahead(const struct queue *q, const struct paginate_pos *p,
    struct paginate_pos *next)
{

	/*
	 * With windows, the pages of a window are requested one by one: most
	 * have few pages, and the API should not be asked for pages that do
	 * not exist.
	 */
	if (q->source->window.step != 0)
		return (queue_next_window(q, p->window, next));
	return (paginate_ahead(&q->source->paginate, p, next) &&
	    next->number <= q->last);
}

int
queue_expect(struct queue *q, const struct paginate_pos *next, struct err *e)
{

	while (q->n > 1 && (next == NULL ||
	    (!paginate_same(&q->slot[1].pos, next) &&
	    q->slot[1].pos.window <= next->window)))
		remove_slot(q, 1);
	if (next == NULL || q->most < 2)
		return (0);
	if (q->n == 1 || !paginate_same(&q->slot[1].pos, next)) {
		if (q->n == QUEUE_MAX)
			remove_slot(q, q->n - 1);
		if (request_page(q, 1, next, e) == -1)
			return (-1);
	}
	if (queue_fill(q, next, e) == -1)
		return (-1);
	return (exchange_kick(q->client, e));
}

int
queue_fill(struct queue *q, const struct paginate_pos *next, struct err *e)
{
	struct paginate_pos pos;
	int rc = 0;

	if (q->n == 0)
		rc = request_page(q, 0, next, e);
	paginate_pos_init(&pos);
	while (rc == 0 && q->n < q->most &&
	    find_ahead(q, &q->slot[q->n - 1].pos, &pos))
		rc = request_page(q, q->n, &pos, e);
	paginate_pos_free(&pos);
	return (rc);
}
