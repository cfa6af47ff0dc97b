/* SPDX-License-Identifier: Apache-2.0 */
#include "read_ahead.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/thread.h"
#include "parts.h"
#include "receipt.h"

#define SLOTS ((size_t)32)
#define SLOT  ((size_t)256 << 10) /* bytes of one: 8 MiB in all */

/* Bytes of one part. */
struct slot {
	uint8_t *data; /* SLOT bytes, or NULL until it is first used */
	size_t n;
	bool last;     /* the part ends here, with ... */
	int rc;        /* ... what store_read returned */
};

struct read_ahead {
	struct store *store;
	const struct parts *parts;
	size_t first;  /* of them */
	size_t n;
	size_t taken;  /* parts, by the owner */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled, freed;
	/* under lock */
	struct slot slot[SLOTS];
	size_t head;   /* the slot to take next */
	size_t used;   /* filled slots, from there on */
	bool stop;
	struct err err; /* with a slot whose rc is -1 */
};

/* Wait until a slot is free; NULL if the owner wants no more data. */
static struct slot *
wait_for_free_slot(struct read_ahead *a)
{
	struct slot *s = NULL;

	pthread_mutex_lock(&a->lock);
	while (a->used == SLOTS && !a->stop)
		pthread_cond_wait(&a->freed, &a->lock);
	if (!a->stop)
		s = &a->slot[(a->head + a->used) % SLOTS];
	pthread_mutex_unlock(&a->lock);
	return (s);
}

enum more { PART_GOES_ON, PART_ENDS };

/* Pass the filled slot to the owner. */
static void
publish_slot(struct read_ahead *a, enum more more, int rc,
    const struct err *why)
{
	struct slot *s;

	pthread_mutex_lock(&a->lock);
	assert(a->used < SLOTS);
	s = &a->slot[(a->head + a->used) % SLOTS];
	s->last = more == PART_ENDS;
	s->rc = rc;
	if (rc == -1)
		a->err = *why;
	a->used++;
	pthread_cond_signal(&a->filled);
	pthread_mutex_unlock(&a->lock);
}

/* A store_sink: store n bytes, as soon as there is room. */
static int
keep_bytes(void *arg, const void *p, size_t n, struct err *e)
{
	struct read_ahead *a = arg;
	const uint8_t *at = p;
	struct slot *s;
	size_t step;

	for (; n > 0; n -= step, at += step) {
		if ((s = wait_for_free_slot(a)) == NULL)
			return (err_set(e, ERR_IO, "cancelled"));
		if (s->data == NULL && (s->data = malloc(SLOT)) == NULL)
			return (err_nomem(e));
		step = SLOT - s->n < n ? SLOT - s->n : n;
		assert(s->n + step <= SLOT);
		memcpy(s->data + s->n, at, step);
		s->n += step;
		if (s->n == SLOT)
			publish_slot(a, PART_GOES_ON, 1, NULL);
	}
	return (0);
}

static void *
read_all_parts(void *arg)
{
	struct read_ahead *a = arg;
	struct err e = { .class = ERR_NONE };
	struct store_info want;
	struct receipt part;
	size_t i;
	int rc = 1;

	for (i = 0; i < a->n && rc == 1; i++) {
		parts_get(a->parts, a->first + i, &part);
		receipt_info(&part, &want);
		rc = store_read(a->store, part.part, &want, keep_bytes, a, &e);
		if (wait_for_free_slot(a) == NULL)
			break;
		publish_slot(a, PART_ENDS, rc, &e);
	}
	return (NULL);
}

struct read_ahead *
read_ahead_start(struct store *s, const struct parts *parts, size_t first,
    size_t n, struct err *e)
{
	struct read_ahead *a;

	assert(first <= parts->n && n <= parts->n - first);
	if ((a = calloc(1, sizeof(*a))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	a->store = s;
	a->parts = parts;
	a->first = first;
	a->n = n;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->filled, NULL);
	pthread_cond_init(&a->freed, NULL);
	if (thread_start(&a->thread, read_all_parts, a, e) == -1) {
		free(a);
		return (NULL);
	}
	return (a);
}

void
read_ahead_stop(struct read_ahead *a)
{
	size_t i;

	if (a == NULL)
		return;
	if (a->taken < a->n) {
		pthread_mutex_lock(&a->lock);
		a->stop = true;
		pthread_cond_signal(&a->freed);
		pthread_mutex_unlock(&a->lock);
		store_cancel(a->store);
	}
	pthread_join(a->thread, NULL);
	for (i = 0; i < SLOTS; i++)
		free(a->slot[i].data);
	pthread_cond_destroy(&a->filled);
	pthread_cond_destroy(&a->freed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* Wait for the next filled slot. */
static struct slot *
wait_for_filled_slot(struct read_ahead *a)
{

	pthread_mutex_lock(&a->lock);
	while (a->used == 0)
		pthread_cond_wait(&a->filled, &a->lock);
	pthread_mutex_unlock(&a->lock);
	return (&a->slot[a->head]);
}

/* Give the slot back. */
static void
release_slot(struct read_ahead *a, struct slot *s)
{

	pthread_mutex_lock(&a->lock);
	assert(a->used > 0 && s == &a->slot[a->head]);
	s->n = 0;
	a->head = (a->head + 1) % SLOTS;
	a->used--;
	pthread_cond_signal(&a->freed);
	pthread_mutex_unlock(&a->lock);
}

int
read_ahead_read(struct read_ahead *a, store_sink *sink, void *arg, struct err
    *e)
{
	struct slot *s;
	bool last;
	int rc;

	assert(a->taken < a->n);
	do {
		s = wait_for_filled_slot(a);
		last = s->last;
		rc = s->rc;
		if (rc == 1 && s->n > 0 && sink(arg, s->data, s->n, e) == -1)
			return (-1);
		release_slot(a, s);
	} while (!last);
	if (rc == -1 && e->class == ERR_NONE)
		*e = a->err;
	if (rc == 1)
		a->taken++;
	return (rc);
}
