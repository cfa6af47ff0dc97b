/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_QUEUE_H
#define NF_FETCH_QUEUE_H

#include <stdbool.h>

#include "exchange.h"
#include "paginate.h"

/*
 * Pages that were asked for, in the order they are wanted: the first is the
 * one that is written next, the others are on their way meanwhile.
 */
struct err;
struct scan;
struct source;

#define QUEUE_MAX 64

struct queue_slot {
	struct exchange *exchange;
	struct paginate_pos pos;
};

struct queue {
	const struct source *source;
	struct exchange_client *client;
	const struct scan *record; /* what the pages are about, or NULL */
	unsigned most; /* slots to use */
	uint64_t last; /* the largest page number or offset there is */
	unsigned n;
	struct queue_slot slot[QUEUE_MAX];
};

/**
 * queue_init(q, s, c, most) / queue_free(q):
 * Nothing was asked for yet; never more than ${most} pages of ${s} at once,
 * through ${c} (both borrowed).
 */
void queue_init(struct queue *q, const struct source *s,
    struct exchange_client *c, unsigned most);
void queue_free(struct queue *q);

/**
 * queue_start(s, pos):
 * Set ${pos} to the first page of ${s}.
 */
void queue_start(const struct source *s, struct paginate_pos *pos);

/**
 * queue_show(s, record, out, e):
 * Append the first request of ${s}, about ${record} (NULL: none), as text
 * for people; credentials are not in it.  Return 0 or -1.
 */
int queue_show(const struct source *s, const struct scan *record,
    struct buf *out, struct err *e);

/**
 * queue_first(q):
 * Return the first page asked for; there must be one.
 */
struct queue_slot *queue_first(struct queue *q);

/**
 * queue_next_window(q, window, next):
 * Set ${next} to the start of the window after ${window}.  Return true, or
 * false if that was the last or there are none.
 */
bool queue_next_window(const struct queue *q, int64_t window,
    struct paginate_pos *next);

/**
 * queue_expect(q, next, e):
 * It has become known that ${next} (NULL: nothing) follows the first page:
 * forget what was asked for in vain, and if there is room ask for ${next} and
 * what is known to follow.  Return 0 or -1.
 */
int queue_expect(struct queue *q, const struct paginate_pos *next,
    struct err *e);

/**
 * queue_drop(q):
 * Forget the first page.
 */
void queue_drop(struct queue *q);
void queue_clear(struct queue *q);

/**
 * queue_fill(q, next, e):
 * Ask for ${next} if nothing was asked for, and for what is known to follow
 * as far as there is room; send what can be sent.  Return 0 or -1.
 */
int queue_fill(struct queue *q, const struct paginate_pos *next,
    struct err *e);

#endif /* !NF_FETCH_QUEUE_H */
