/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <assert.h>
#include <stdlib.h>

#include "batch.h"
#include "lib/base/bigtable_names.h"
#include "lib/base/err.h"
#include "load/mutation.h"
#include "queue.h"
#include "wire.h"

/* The overhead of a line in addition to its bytes. */
#define OVERHEAD (sizeof(struct batch_entry) + sizeof(uint32_t))

static struct batch_entry *
add_entry(struct queue *q, struct batch_table *t, struct bytes row,
    uint64_t hash, size_t n, uint32_t mutations, struct err *e)
{
	size_t size = wire_entry_size(row.n, n);
	struct batch_entry *x;
	struct batch *b;

	if ((b = queue_open(q, t, size, mutations, e)) == NULL)
		return (NULL);
	x = batch_add(b, row, n);
	x->mutations = mutations;
	b->mutations += mutations;
	queue_hold(q, b, size + OVERHEAD);
	x->key.hash = hash;
	x->key.table = t;
	busy_rows_add(q->busy, &x->key);
	return (x);
}

static uint32_t
count_mutations(const struct mutation *m)
{

	return (m->delete ? 1 : (uint32_t)m->ncells);
}

/* The original line, which is kept as long as its batch. */
static int
keep_raw(struct queue *q, struct batch *b, struct batch_part *part,
    struct bytes raw, struct err *e)
{

	if (!q->conf.writer.keep_raw)
		return (0);
	if ((part->raw = malloc(raw.n + 1)) == NULL)
		return (err_nomem(e));
	memcpy(part->raw, raw.p, raw.n);
	part->raw_len = raw.n;
	queue_hold(q, b, raw.n);
	return (0);
}

/* A line whose row is not in progress goes directly into its batch. */
static int
pack_line(struct queue *q, struct batch_table *t, const struct mutation *m,
    size_t n, uint64_t hash, struct err *e)
{
	struct batch_entry *x;

	x = add_entry(q, t, m->row, hash, n, count_mutations(m), e);
	if (x == NULL)
		return (-1);
	wire_mutations(&q->wire, batch_mutations(t->open, x), m);
	x->part.index = m->index;
	x->part.line = m->line;
	x->part.mutations = x->mutations;
	x->part.len = n;
	return (keep_raw(q, t->open, &x->part, m->raw, e));
}

/* A line whose row is in progress waits there, packed. */
static int
wait_behind(struct queue *q, struct batch_entry *x, const struct mutation *m,
    size_t n, struct err *e)
{
	size_t raw = q->conf.writer.keep_raw ? m->raw.n : 0;
	struct batch_line *l;

	if ((l = malloc(sizeof(*l) + n + raw + WIRE_PAD)) == NULL)
		return (err_nomem(e));
	l->index = m->index;
	l->line = m->line;
	l->mutations = count_mutations(m);
	l->alone = false;
	l->len = n;
	l->raw_len = raw;
	wire_mutations(&q->wire, l->data, m);
	memcpy(l->data + n, m->raw.p, raw);
	queue_append(q, x, l);
	return (0);
}

size_t
lines_cost(const struct queue *q, const struct mutation *m, size_t n)
{

	return (n + m->row.n + OVERHEAD +
	    (q->conf.writer.keep_raw ? m->raw.n : 0));
}

int
lines_add(struct queue *q, struct batch_table *t, const struct mutation *m,
    size_t n, uint64_t hash, struct err *e)
{
	struct busy_rows_key *busy;

	busy = busy_rows_find(q->busy, hash, t, m->row);
	if (busy != NULL)
		return (wait_behind(q, batch_entry_of(busy), m, n, e));
	return (pack_line(q, t, m, n, hash, e));
}

/* Add the lines waiting for ${x}'s row, as many as one entry can hold. */
static size_t
count_waiting(const struct queue *q, const struct batch_entry *x, size_t *n,
    uint32_t *mutations)
{
	const struct batch_line *l = x->first;
	size_t lines = 0;

	*n = 0;
	*mutations = 0;
	while (l != NULL) {
		if (lines > 0 && (l->alone || x->first->alone ||
		    *n + l->len > q->conf.bytes ||
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
move_line(struct queue *q, struct batch *b, struct batch_part *part,
    struct batch_line *l, uint8_t *to, struct err *e)
{

	memset(part, 0, sizeof(*part));
	part->index = l->index;
	part->line = l->line;
	part->mutations = l->mutations;
	part->len = l->len;
	memcpy(to, l->data, l->len);
	return (keep_raw(q, b, part, (struct bytes){ l->data + l->len,
	    l->raw_len }, e));
}

int
lines_next(struct queue *q, struct batch_table *t, struct batch_entry *done,
    struct err *e)
{
	size_t n, i, lines;
	uint32_t mutations;
	struct batch_entry *x;
	struct batch_line *l;
	uint8_t *to;

	lines = count_waiting(q, done, &n, &mutations);
	assert(lines > 0);
	x = add_entry(q, t, done->key.row, done->key.hash, n, mutations, e);
	if (x == NULL)
		return (-1);
	if (lines > 1) {
		x->more = calloc(lines - 1, sizeof(*x->more));
		if (x->more == NULL)
			return (err_nomem(e));
	}
	to = batch_mutations(t->open, x);
	for (i = 0; i < lines; i++) {
		l = queue_take(q, done);
		if (move_line(q, t->open, i == 0 ? &x->part :
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

int
lines_split(struct queue *q, const struct batch *b, struct batch_entry *x,
    struct err *e)
{
	struct batch_line *l, *rest = x->first, *last = x->last;
	const uint8_t *from = batch_mutations(b, x);
	const struct batch_part *part;
	size_t i;

	x->first = x->last = NULL;
	for (i = 0; i <= x->nmore; i++) {
		part = i == 0 ? &x->part : &x->more[i - 1];
		l = malloc(sizeof(*l) + part->len + part->raw_len);
		if (l == NULL)
			return (err_nomem(e));
		l->index = part->index;
		l->line = part->line;
		l->mutations = part->mutations;
		l->alone = true;
		l->len = part->len;
		l->raw_len = part->raw_len;
		memcpy(l->data, from, part->len);
		memcpy(l->data + part->len, part->raw, part->raw_len);
		from += part->len;
		queue_append(q, x, l);
	}
	if (rest != NULL && x->last != NULL) {
		x->last->next = rest;
		x->last = last;
	}
	return (0);
}
