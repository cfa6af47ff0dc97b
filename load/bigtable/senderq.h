/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_SENDERQ_H
#define NF_LOAD_BIGTABLE_SENDERQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "busy_rows.h"
#include "lib/base/bytes.h"
#include "rate_limit.h"
#include "sender.h"

/*
 * The inside of a sender, shared by its two halves: sender.c makes entries
 * of lines, senderq.c sends batches and judges the answers.
 */
struct batch;
struct batch_entry;
struct batch_line;

struct batch_table {
	struct batch_table *next;
	char *name;        /* its id, as in the lines */
	size_t name_len;
	char *params;      /* header x-goog-request-params */
	uint8_t *head;     /* the request's first field, packed */
	size_t head_len;
	struct batch *open; /* being filled */
};

struct sender {
	struct sender_conf conf;
	struct rate_limit flow;
	struct busy_rows *inflight;
	struct batch_table *tables; /* the one used last is the first */
	struct batch *queue;        /* closed batches, in flight or not */
	size_t flying;
	struct batch *spare;        /* empty, to be used again */
	size_t spares;
	int64_t held_since; /* the server's rate holds us back; or 0 */
	size_t held;      /* bytes */
	uint8_t *tail;    /* the request's last field, packed */
	size_t tail_len;
	int64_t tell;     /* no warning of a wait before */
	bool stopping;
	bool lost;   /* requests fail as a whole also if they are small */
	bool broken; /* a verdict failed half-way: nothing may be sent */
};

/**
 * sender_next(s, t, done, e):
 * Make an entry of the lines that wait for the row of ${done}.
 */
int sender_next(struct sender *s, struct batch_table *t,
    struct batch_entry *done, struct err *e);

/**
 * senderq_tail(s):
 * Pack the end of every request, the app profile.  Return 0 or -1.
 */
int senderq_tail(struct sender *s);

/**
 * senderq_table(s, name, e):
 * Return the table ${name}, or NULL without memory.
 */
struct batch_table *senderq_table(struct sender *s, struct bytes name,
    struct err *e);

/**
 * senderq_batch(s, size, e):
 * Return an empty batch for requests of ${size} bytes, one that was used
 * before if there is one, or NULL without memory.
 */
struct batch *senderq_batch(struct sender *s, size_t size, struct err *e);

/**
 * senderq_append(s, x, l) / senderq_take(s, x):
 * Let ${l} wait behind ${x} as the last one; take the first one (it is the
 * caller's then).
 */
void senderq_append(struct sender *s, struct batch_entry *x,
    struct batch_line *l);
struct batch_line *senderq_take(struct sender *s, struct batch_entry *x);

/**
 * senderq_dispatch(s, t) / senderq_dispatch_all(s):
 * The open batch of ${t} (of all tables) is to be sent.
 */
void senderq_dispatch(struct sender *s, struct batch_table *t);
void senderq_dispatch_all(struct sender *s);

/**
 * senderq_ready(s):
 * Return how many batches wait for nothing but their turn.
 */
size_t senderq_ready(const struct sender *s);

/**
 * senderq_stop(s, e) / senderq_cancel(s):
 * Give up what is not in flight; also end what is.
 */
int senderq_stop(struct sender *s, struct err *e);
void senderq_cancel(struct sender *s);

#endif /* !NF_LOAD_BIGTABLE_SENDERQ_H */
