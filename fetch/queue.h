/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_QUEUE_H
#define NF_FETCH_QUEUE_H

#include <stdbool.h>

#include "exchange.h"
#include "paginate.h"

/*
 * Pages that were requested, in the order they are needed: the first is the
 * next one to be written; the others are fetched in the meantime.
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
	const struct scan *record; /* of which record; or NULL */
	unsigned most; /* slots to use */
	uint64_t last; /* the largest page number or offset there is */
	unsigned n;
	struct queue_slot slot[QUEUE_MAX];
};

/**
 * queue_init(q, s, c, most) / queue_free(q):
 * Start with no requests; fetch at most ${most} pages of ${s} at once, through
 * ${c} (both borrowed).
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
 * Append the first request of ${s}, for ${record} (NULL: none), as text for
 * people, without credentials.  Return 0 or -1.
 */
int queue_show(const struct source *s, const struct scan *record,
    struct buf *out, struct err *e);

/**
 * queue_first(q):
 * Return the first page requested; there must be one.
 */
struct queue_slot *queue_first(struct queue *q);

/**
 * queue_next_window(q, window, next):
 * Set ${next} to the start of the window after ${window}.  Return true, or
 * false if that was the last one or there are no windows.
 */
bool queue_next_window(const struct queue *q, int64_t window,
    struct paginate_pos *next);

/**
 * queue_expect(q, next, e):
 * The page after the first is now known to be ${next} (NULL: none): drop
 * requests for other pages, and if there is room, request ${next} and the
 * pages known to follow it, and send what is due, before the first page is
 * written.  Return 0 or -1.
 */
int queue_expect(struct queue *q, const struct paginate_pos *next,
    struct err *e);

/**
 * queue_drop(q):
 * Drop the first page; drop all pages.
 */
void queue_drop(struct queue *q);
void queue_clear(struct queue *q);

/**
 * queue_fill(q, next, e):
 * Request ${next} if the queue is empty, and the pages known to follow as far
 * as there is room.  They are sent by queue_expect or exchange_wait.  Return 0
 * or -1.
 */
int queue_fill(struct queue *q, const struct paginate_pos *next,
    struct err *e);

#endif /* !NF_FETCH_QUEUE_H */
