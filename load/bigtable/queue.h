/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_QUEUE_H
#define NF_LOAD_BIGTABLE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"
#include "load/named.h"
#include "load/target.h"
#include "wire.h"

/*
 * The lists of a sender: the tables named by lines, the open batch of each
 * table, the closed batches in the order in which they are sent, and the
 * number of bytes held by all of them.
 */
struct batch;
struct batch_entry;
struct batch_line;
struct busy_rows;
struct deadline;
struct err;

/* Settings of a load; strings are borrowed. */
struct queue_conf {
	const char *instance; /* "projects/P/instances/I" */
	const char *app_profile; /* or NULL */
	const char *features; /* header bigtable-features */
	uint64_t rows;        /* of one request */
	uint64_t bytes;       /* of one request, if more than one row */
	uint64_t age_ms;      /* how long a batch waits for rows */
	uint64_t requests;    /* in flight */
	uint64_t held;        /* bytes waiting and in flight */
	uint32_t tries;       /* of a request without progress */
	uint64_t retry_ms;    /* time for them */
	uint64_t attempt_ms;  /* deadline of one attempt */
	struct deadline *deadline; /* of all */
	struct target_writer writer;
	struct target_counts counts;
};

struct batch_table {
	struct named named; /* its id, as in the lines */
	char *params;      /* header x-goog-request-params */
	uint8_t *head;     /* the request's first field, packed */
	size_t head_len;
	struct batch *open; /* being filled */
};

struct queue {
	struct queue_conf conf;
	struct busy_rows *busy;
	struct named_list tables;   /* each in a struct batch_table */
	struct batch *first;        /* closed batches, in flight or not */
	struct batch *spare;        /* empty, for reuse */
	size_t spares;
	size_t held;      /* bytes */
	uint8_t *tail;    /* the request's last field, packed */
	size_t tail_len;
	struct wire wire; /* columns of the lines */
	bool stopping;    /* drop what is not in flight */
	/* of verdict.c */
	int64_t warned;   /* when a wait was reported; clock_mono_ms */
	bool lost;        /* even small requests fail entirely */
};

/**
 * queue_table_of(n):
 * Return the table whose list member is ${n}, or NULL for NULL.
 */
static inline struct batch_table *
queue_table_of(struct named *n)
{

	return ((struct batch_table *)n);
}

/**
 * queue_init(q, c, e) / queue_free(q):
 * Make ${q} empty; free its memory, when no batch is in flight.  Return 0, or
 * -1 if there is no memory (then do not call queue_free).
 */
int queue_init(struct queue *q, const struct queue_conf *c, struct err *e);
void queue_free(struct queue *q);

/**
 * queue_table(q, name, e):
 * Return the table ${name}, or NULL if there is no memory.
 */
struct batch_table *queue_table(struct queue *q, struct bytes name,
    struct err *e);

/**
 * queue_open(q, t, n, mutations, e):
 * Return the open batch of ${t}, which has room for an entry of ${n} bytes
 * with ${mutations} mutations: a batch that is too full is closed and another
 * one begun.  Return NULL if there is no memory.
 */
struct batch *queue_open(struct queue *q, struct batch_table *t, size_t n,
    size_t mutations, struct err *e);

/**
 * queue_hold(q, b, n):
 * Count ${n} more bytes that ${b} holds.
 */
void queue_hold(struct queue *q, struct batch *b, size_t n);

/**
 * queue_append(q, x, l) / queue_take(q, x):
 * Append ${l} to the lines waiting for ${x}; take the first of them, which the
 * caller then owns.
 */
void queue_append(struct queue *q, struct batch_entry *x,
    struct batch_line *l);
struct batch_line *queue_take(struct queue *q, struct batch_entry *x);

/**
 * queue_close(q, t) / queue_close_all(q):
 * Close the open batch of ${t} (of all tables, of which an instance has at most
 * 1,000), to be sent.
 */
void queue_close(struct queue *q, struct batch_table *t);
void queue_close_all(struct queue *q);

/**
 * queue_close_old(q, now, wake):
 * Close the batches that have waited long enough for rows at ${now}
 * (clock_mono_ms); ${wake} becomes the time for the next such batch, if that
 * is sooner.
 */
void queue_close_old(struct queue *q, int64_t now, int64_t *wake);

/**
 * queue_remove(q, b):
 * Remove the closed batch ${b}, which is finished.
 */
void queue_remove(struct queue *q, struct batch *b);

/**
 * queue_count_due(q, now):
 * Return the number of closed batches that could be sent now.
 */
size_t queue_count_due(const struct queue *q, int64_t now);

/**
 * queue_is_empty(q):
 * Return true if the outcome of every line has been reported.
 */
bool queue_is_empty(const struct queue *q);

#endif /* !NF_LOAD_BIGTABLE_QUEUE_H */
