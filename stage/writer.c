/* SPDX-License-Identifier: Apache-2.0 */
#include "writer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/json/scan.h"
#include "lib/report/msg.h"
#include "lib/stream/stream.h"
#include "options.h"
#include "part.h"
#include "parts.h"
#include "reader.h"
#include "receipt.h"
#include "stage/store/spool.h"
#include "stage/store/store.h"
#include "upload.h"

/* A part grows past its size to the next mark, but not further than this. */
#define HARD_FACTOR 4

struct writer {
	const struct options *o;
	struct part *part[2]; /* one is made, the other stored */
	struct part *cur;
	struct part_place place;
	struct buf mark; /* directly before the next record, or empty */
	struct buf kept; /* the last one anywhere in the part */
	uint64_t marked; /* records of the part before that; 0: no mark */
	int64_t begun;   /* the part's first record, on the steady clock */
	const struct part *storing; /* in progress, or to be retried */
	bool ended;      /* the part has ended and waits to be stored */
	struct upload *up;
	struct parts *stored;
	struct reader *reader;
	struct stream_out *out;
	struct scan scan;
	bool marks; /* the stream may have marks: end parts there */
};

/* Begin the next part where the last one ended. */
static int
begin_part(struct writer *w, struct err *e)
{

	w->marked = 0;
	w->ended = false;
	return (part_begin(w->cur, &w->place, e));
}

struct writer *
writer_new(struct store *s, const struct options *o, const char *meta,
    const struct part_place *place, struct parts *stored, struct reader *r,
    struct stream_out *out, struct err *e)
{
	struct spool_place at = { .dir = o->spool };
	struct writer *w;
	int i;

	if ((w = calloc(1, sizeof(*w))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	w->o = o;
	w->place = *place;
	w->stored = stored;
	w->reader = r;
	w->out = out;
	scan_init(&w->scan);
	buf_init(&w->mark, STREAM_MAX_CURSOR);
	buf_init(&w->kept, STREAM_MAX_CURSOR);
	at.store = store_folder(s, &at.mode);
	w->up = upload_new(s, meta, (size_t)o->max_line, e);
	for (i = 0; w->up != NULL && i < 2; i++)
		if ((w->part[i] = part_new(&at, o->plain
		    ? PART_PLAIN : PART_GZIP, e)) == NULL)
			break;
	w->cur = w->part[0];
	if (w->part[1] == NULL || begin_part(w, e) == -1) {
		writer_free(w);
		return (NULL);
	}
	return (w);
}

void
writer_free(struct writer *w)
{

	if (w == NULL)
		return;
	upload_free(w->up); /* first: it may still be at work */
	part_free(w->part[0]);
	part_free(w->part[1]);
	buf_free(&w->mark);
	buf_free(&w->kept);
	scan_free(&w->scan);
	free(w);
}

void
writer_expect_marks(struct writer *w)
{

	w->marks = true;
}

/* Wait for the part that is being stored, if any; 1, 0 if none, -1. */
static int
collect_part(struct writer *w, struct err *e)
{
	struct receipt r;
	int rc;

	if (upload_part(w->up) == NULL)
		return (0);
	if (upload_wait(w->up, &r, e) == -1)
		return (-1);
	w->storing = NULL;
	msg_trace(MSG_INFO, "part", "part %" PRIu64 ": %" PRIu64 " records, %"
	    PRIu64 " bytes, stored", r.index, r.own.records, r.size);
	assert(r.index == w->stored->n); /* a chain has no gap */
	rc = parts_add(w->stored, &r, e);
	receipt_fini(&r);
	return (rc == -1 ? -1 : 1);
}

/* Begin to store a part; all previous ones are stored. */
static int
store_part(struct writer *w, const struct part *p, struct err *e)
{
	struct receipt before = { .hash = "" };

	assert(w->stored->n == p->index);
	if (p->index > 0)
		parts_get(w->stored, w->stored->n - 1, &before);
	w->storing = p;
	return (upload_start(w->up, p, before.hash, e));
}

/*
 * Write the records of a stored part to the output.  They are unpacked from
 * the spool, so that memory is bounded and the output is exactly what was
 * stored.
 */
static int
hand_on_part(struct writer *w, const struct part *p, struct err *e)
{

	if (w->o->emit != EMIT_RECORDS)
		return (0);
	if (reader_spool(w->reader, p, w->out, e) == -1)
		return (-1);
	return (stream_out_flush(w->out, e));
}

/* End the current part; its upload begins when the previous one is stored. */
static int
roll_part(struct writer *w, struct err *e)
{
	const struct part *before = upload_part(w->up);
	int rc;

	if (part_end(w->cur, w->mark.data, w->mark.len, &w->place, e) == -1)
		return (-1);
	w->ended = true;
	if ((rc = collect_part(w, e)) == -1 ||
	    store_part(w, w->cur, e) == -1)
		return (-1);
	if (rc == 1 && hand_on_part(w, before, e) == -1)
		return (-1);
	w->cur = w->cur == w->part[0] ? w->part[1] : w->part[0];
	assert(w->cur != upload_part(w->up));
	return (begin_part(w, e));
}

/*
 * Write a part that is already stored, without waiting for the next to be full.
 */
static int
hand_on_early(struct writer *w, struct err *e)
{
	const struct part *p = upload_part(w->up);

	if (!upload_done(w->up))
		return (0);
	if (collect_part(w, e) == -1)
		return (-1);
	return (hand_on_part(w, p, e));
}

static bool
is_part_old(const struct writer *w)
{

	return (w->o->part_seconds > 0 && w->cur->own.records > 0 &&
	    clock_mono_ms() - w->begun >= (int64_t)w->o->part_seconds * 1000);
}

static bool
is_part_full(const struct writer *w, uint64_t factor)
{
	const struct part *p = w->cur;

	if (p->own.records == 0)
		return (false);
	return (p->own.raw_size + p->raw.len >= w->o->part_size * factor ||
	    (w->o->part_records > 0 && /* any number: its product is not */
	    p->own.records / factor >= w->o->part_records));
}

int
writer_record(struct writer *w, const struct stream_item *item,
    struct err *e)
{

	if (hand_on_early(w, e) == -1)
		return (-1);
	if (scan_text(&w->scan, item->line, item->len, e) == -1)
		return (err_prefix(e, "line %" PRIu64, item->number));
	if ((is_part_full(w, w->marks ? HARD_FACTOR : 1) ||
	    (!w->marks && is_part_old(w))) && roll_part(w, e) == -1)
		return (-1);
	if (w->o->part_seconds > 0 && w->cur->own.records == 0)
		w->begun = clock_mono_ms();
	buf_reset(&w->mark);
	return (part_add(w->cur, item->line, item->len, e));
}

int
writer_mark(struct writer *w, const void *cursor, size_t n, struct err *e)
{

	buf_reset(&w->mark);
	buf_reset(&w->kept);
	if (buf_append(&w->mark, cursor, n) == -1 ||
	    buf_append(&w->kept, cursor, n) == -1)
		return (err_nomem(e));
	w->marked = w->cur->own.records;
	if (!is_part_full(w, 1) && !is_part_old(w))
		return (hand_on_early(w, e));
	return (roll_part(w, e));
}

int64_t
writer_wait(const struct writer *w)
{
	int64_t left;

	/* With marks a part ends right after one. */
	if (w->o->part_seconds == 0 || w->cur->own.records == 0 ||
	    (w->marks && w->mark.len == 0))
		return (-1);
	left = w->begun + (int64_t)w->o->part_seconds * 1000 - clock_mono_ms();
	return (left > 0 ? left : 0);
}

int
writer_tick(struct writer *w, struct err *e)
{

	if (writer_wait(w) == 0)
		return (roll_part(w, e));
	return (hand_on_early(w, e));
}

/* Copying records of a part into another, up to the last mark. */
struct cut {
	struct part *to;
	uint64_t left; /* records */
};

/* A store_sink of whole lines. */
static int
copy_marked(void *arg, const void *p, size_t n, struct err *e)
{
	const uint8_t *at = p, *end = at + n, *nl;
	struct cut *c = arg;

	for (; c->left > 0 && at < end; at = nl + 1, c->left--) {
		nl = memchr(at, '\n', (size_t)(end - at));
		assert(nl != NULL);
		if (part_add(c->to, at, (size_t)(nl - at), e) == -1)
			return (-1);
	}
	return (0);
}

/*
 * Fill the other part with the records of the current one up to the last mark:
 * compressed data cannot be truncated.
 */
static int
cut_at_mark(struct writer *w, struct err *e)
{
	struct part_place place = w->place;
	struct cut c = { .left = w->marked };

	if (w->marked == w->cur->own.records)
		return (part_end(w->cur, w->kept.data, w->kept.len, &w->place,
		    e));
	if (part_end(w->cur, NULL, 0, &place, e) == -1)
		return (-1);
	c.to = w->cur == w->part[0] ? w->part[1] : w->part[0];
	if (part_begin(c.to, &w->place, e) == -1 ||
	    reader_spool_raw(w->reader, w->cur, copy_marked, &c, e) == -1 ||
	    part_end(c.to, w->kept.data, w->kept.len, &w->place, e) == -1)
		return (-1);
	w->cur = c.to;
	return (0);
}

int64_t
writer_keep(struct writer *w, struct err *e)
{
	const struct part *p = w->storing;

	/* A signal may have interrupted the upload as well: then retry it. */
	if (p != NULL && collect_part(w, e) != 1) {
		err_clear(e);
		if (store_part(w, p, e) == -1 || collect_part(w, e) == -1)
			return (-1);
	}
	if (w->ended && w->cur->index < w->stored->n)
		return (0); /* that was it */
	if (!w->ended) {
		if (w->marked == 0)
			return (0);
		if (cut_at_mark(w, e) == -1)
			return (-1);
	}
	if (store_part(w, w->cur, e) == -1 || collect_part(w, e) == -1)
		return (-1);
	return ((int64_t)w->cur->own.records);
}

int
writer_finish(struct writer *w, struct err *e)
{
	const struct part *p;
	int rc;

	if (w->cur->own.records > 0 && roll_part(w, e) == -1)
		return (-1);
	p = upload_part(w->up);
	if ((rc = collect_part(w, e)) != 1)
		return (rc);
	return (hand_on_part(w, p, e));
}

const struct part_totals *
writer_totals(const struct writer *w)
{

	return (&w->place.totals);
}
