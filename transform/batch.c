/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "lib/app.h"
#include "lib/err.h"

#include "sink.h"

#define MAX_RECORDS ((size_t)1024)
#define FULL ((size_t)128 << 10)
/* A longest line and the records before it. */
#define MAX_IN (((size_t)512 << 20) + FULL + 4096)

struct batch *
batch_new(struct err *e)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL || (b->record = calloc(MAX_RECORDS,
	    sizeof(*b->record))) == NULL) {
		(void)err_nomem(e);
		free(b);
		return (NULL);
	}
	buf_init(&b->in, MAX_IN);
	buf_init(&b->out, MACHINE_MAX_OUT);
	buf_init(&b->mark, STREAM_MAX_CURSOR);
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
	b->n = b->ran = 0;
	b->done = b->no_memory = false;
	buf_reset(&b->in);
	buf_reset(&b->out);
	buf_reset(&b->mark);
}

void
batch_free(struct batch *b)
{

	if (b == NULL)
		return;
	batch_reset(b);
	buf_free(&b->in);
	buf_free(&b->out);
	buf_free(&b->mark);
	free(b->record);
	free(b);
}

bool
batch_empty(const struct batch *b)
{

	return (b->n == 0 && b->mark.len == 0);
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

	memset(r, 0, sizeof(*r));
	r->at = b->in.len;
	r->len = item->len;
	r->line = item->number;
	r->number = number;
	if (buf_append(&b->in, item->line, item->len) == -1)
		return (err_nomem(e));
	b->n++;
	return (0);
}

int
batch_mark(struct batch *b, const struct stream_item *item, struct err *e)
{

	return (buf_append(&b->mark, item->line, item->len) == -1 ?
	    err_nomem(e) : 0);
}

/* The machine's fault as one of its own. */
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

	for (b->ran = 0; b->ran < b->n; b->ran++) {
		r = &b->record[b->ran];
		r->out = b->out.len;
		r->rows = rows;
		if (machine_record(m, b->in.data + r->at, r->len, r->number,
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

int
batch_write(struct batch *b, struct sink *sink, struct err *e)
{
	struct batch_record *r;
	struct err late = { 0 };
	size_t i;

	for (i = 0; i < b->ran; i++) {
		r = &b->record[i];
		sink->app->stats.records_in++;
		if (r->fault == NULL || sink_refuse(sink, r->fault, r->line,
		    b->in.data + r->at, r->len, e) == 0)
			continue;
		(void)sink_rows(sink, b->out.data, r->out, r->rows, &late);
		return (-1);
	}
	if (b->no_memory)
		return (err_nomem(e));
	if (sink_rows(sink, b->out.data, b->out.len, b->rows, e) == -1)
		return (-1);
	return (b->mark.len == 0 ? 0 : stream_out_mark(&sink->out,
	    b->mark.data, b->mark.len, e));
}
