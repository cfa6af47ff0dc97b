/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/cli/app.h"
#include "sink.h"
#include "transform/record/record.h"

#define MAX_RECORDS ((size_t)2048)
#define FULL ((size_t)128 << 10)
/* Maximum of rows held until they are passed on; few records need it. */
#define FULL_OUT ((size_t)8 << 20)
/* The longest line and the records before it. */
#define MAX_IN (((size_t)512 << 20) + FULL + 4096)

struct batch *
batch_new(struct err *e)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL || (b->record = calloc(MAX_RECORDS,
	    sizeof(*b->record))) == NULL) {
		err_nomem(e);
		free(b);
		return (NULL);
	}
	buf_init(&b->in, MAX_IN);
	buf_init(&b->out, MACHINE_MAX_OUT);
	return (b);
}

static void
free_fault(struct fault *f)
{

	if (f != NULL)
		buf_free(&f->pointer);
	free(f);
}

void
batch_reset(struct batch *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		free_fault(b->record[i].fault);
	b->n = b->ran = b->wrote = 0;
	b->done = b->no_memory = false;
	buf_reset(&b->in);
	buf_reset(&b->out);
}

void
batch_free(struct batch *b)
{

	if (b == NULL)
		return;
	batch_reset(b);
	buf_free(&b->in);
	buf_free(&b->out);
	free(b->record);
	free(b);
}

bool
batch_empty(const struct batch *b)
{

	return (b->n == 0);
}

bool
batch_over(const struct batch *b)
{

	return (b->wrote == b->n);
}

bool
batch_full(const struct batch *b)
{

	return (b->n == MAX_RECORDS || b->in.len >= FULL);
}

int
batch_add(struct batch *b, const struct stream_item *item, uint64_t number,
    struct err *e)
{
	struct batch_record *r = &b->record[b->n];

	assert(b->n < MAX_RECORDS && b->ran == 0);
	memset(r, 0, sizeof(*r));
	r->mark = item->kind == STREAM_MARK;
	r->at = b->in.len;
	r->len = item->len;
	r->line = item->number;
	r->number = number;
	if (buf_append(&b->in, item->line, item->len) == -1)
		return (err_nomem(e));
	b->n++;
	return (0);
}

/* A copy of the machine's fault. */
static struct fault *
keep_fault(const struct fault *f)
{
	struct fault *own = malloc(sizeof(*own));

	if (own == NULL)
		return (NULL);
	*own = *f;
	buf_init(&own->pointer, f->pointer.max);
	if (buf_append(&own->pointer, f->pointer.data, f->pointer.len) == -1) {
		free(own);
		return (NULL);
	}
	return (own);
}

void
batch_run(struct batch *b, struct machine *m)
{
	struct batch_record *r;
	uint64_t rows = 0;

	for (; b->ran < b->n && b->out.len < FULL_OUT; b->ran++) {
		r = &b->record[b->ran];
		r->out = b->out.len;
		r->rows = rows;
		if (r->mark)
			continue;
		if (record_run(m, b->in.data + r->at, r->len, r->number,
		    &b->out) == 0) {
			rows += m->nrow;
			continue;
		}
		if (m->no_memory ||
		    (r->fault = keep_fault(&m->fault)) == NULL) {
			b->no_memory = true;
			return;
		}
	}
	b->rows = rows;
}

/* Pass on the rows from ${from} (NULL: the first) up to those of ${to}. */
static int
put_batch_rows(const struct batch *b, const struct batch_record *from,
    const struct batch_record *to, struct sink *sink, struct err *e)
{
	size_t at = from == NULL ? 0 : from->out;
	uint64_t before = from == NULL ? 0 : from->rows;

	return (sink_rows(sink, b->out.data + at, to->out - at,
	    to->rows - before, e));
}

int
batch_write(struct batch *b, struct sink *sink, struct err *e)
{
	const struct batch_record *r, *put = NULL;
	const struct batch_record end = { .out = b->out.len, .rows = b->rows };
	struct err late = { 0 };

	assert(b->wrote <= b->ran && b->ran <= b->n);
	for (; b->wrote < b->ran; b->wrote++) {
		r = &b->record[b->wrote];
		if (r->mark) {
			if (put_batch_rows(b, put, r, sink, e) == -1 ||
			    stream_out_mark(&sink->out, b->in.data + r->at,
			    r->len, e) == -1)
				return (-1);
			put = r;
			continue;
		}
		sink->app->stats.records_in++;
		if (r->fault == NULL || sink_refuse(sink, r->fault, r->line,
		    b->in.data + r->at, r->len, e) == 0)
			continue;
		(void)put_batch_rows(b, put, r, sink, &late);
		return (-1);
	}
	if (b->no_memory)
		return (err_nomem(e));
	if (put_batch_rows(b, put, &end, sink, e) == -1)
		return (-1);
	buf_reset(&b->out);
	return (0);
}
