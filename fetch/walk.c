/* SPDX-License-Identifier: Apache-2.0 */
#include "walk.h"

#include <inttypes.h>
#include <string.h>

#include "counts.h"
#include "cursor.h"
#include "fetch/source/redact.h"
#include "fetch/source/source.h"
#include "fetch/source/spec.h"
#include "fetch/source/url.h"
#include "lib/base/err.h"
#include "lib/cli/app.h"
#include "lib/report/msg.h"
#include "lib/stream/stream.h"
#include "loop.h"
#include "queue.h"

#define DAY_MICROS 86400000000LL

struct walk {
	const struct source *source;
	const struct walk_conf *conf;
	struct exchange_client *client;
	struct stream_out *out;
	struct queue queue;
	struct counts tally;
	bool resumed;   /* the first page is not the source's first */
	bool begun;     /* the begin line is written */
	struct loop *circle; /* of positions */
	struct buf text;       /* the page being written */
};

static int
begin_stream(struct walk *w, struct err *e)
{
	struct stream_begin b;
	int rc = -1;

	w->begun = true;
	if (!w->conf->seal)
		return (0);
	stream_begin_init(&b);
	b.at = w->conf->at;
	if (w->conf->run != NULL)
		memcpy(b.run, w->conf->run, strlen(w->conf->run) + 1);
	if (source_hash(w->source, b.source, e) == 0) {
		buf_reset(&b.from);
		buf_puts(&b.from, w->resumed ? w->conf->cursor : "null");
		rc = stream_out_begin(w->out, &b, e);
	}
	stream_begin_free(&b);
	return (rc);
}

/* Write the records of a page that is whole. */
static int
emit_page(struct walk *w, const struct page *p, struct err *e)
{
	uint64_t room = w->source->max_records - w->tally.past.records, n;

	buf_reset(&w->text);
	n = page_lines(p, room, &w->text);
	if (w->text.failed)
		return (err_nomem(e));
	if (stream_out_lines(w->out, w->text.data, w->text.len, n, e) == -1)
		return (-1);
	w->tally.past.pages++;
	w->tally.past.records += n;
	w->client->stats->records_out += n;
	w->client->stats->bytes_out += w->text.len;
	w->conf->app->expected = w->source->window.step == 0 &&
	    w->tally.past.total != PAGINATE_UNKNOWN ? w->tally.past.total : 0;
	app_progress_now(w->conf->app, "records");
	return (0);
}

/*
 * An API may repeat in its next URL what it was asked with.  The key is put
 * in again when the URL is asked for, so it is taken out here: it must not
 * come into a mark.
 */
static int
strip_key(const struct walk *w, struct paginate_pos *next, struct err *e)
{
	struct buf old = next->text;

	if (w->source->paginate.type == PAGINATE_CURSOR || old.len == 0)
		return (0);
	buf_init(&next->text, old.max);
	if (buf_cstr(&old) != NULL)
		redact_strip(w->client->hidden, (const char *)old.data,
		    &next->text);
	buf_free(&old);
	return (next->text.failed ? err_nomem(e) : 0);
}

/* Does ${next} repeat a secret, or what was made of one?  1, 0, or -1. */
static int
repeats_secret(const struct walk *w, struct paginate_pos *next, struct err *e)
{
	const char *url = buf_cstr(&next->text);

	if (url == NULL)
		return (err_nomem(e));
	return (redact_repeats(w->client->hidden, url, next->text.len));
}

/*
 * Is going on from ${next} later the same as going on now?  A window that
 * was over when the run began is closed: nothing moves in it any more.
 */
static bool
is_sound(const struct walk *w, const struct paginate_pos *next)
{

	if (w->source->stable)
		return (true);
	if (next->windows && next->first)
		return (next->window * DAY_MICROS <= w->conf->at);
	return (paginate_sound(&w->source->paginate, next));
}

/* After a page: say where to go on from, if that is sound. */
static int
write_mark(struct walk *w, struct paginate_pos *next, struct err *e)
{
	struct buf b;
	int rc = 0;

	if (w->conf->seal && is_sound(w, next) && cursor_lasts(next) &&
	    (rc = repeats_secret(w, next, e)) == 0) {
		buf_init(&b, 4 * STREAM_MAX_CURSOR);
		cursor_write(&w->source->paginate, next, &w->tally.past, &b);
		if (b.failed && !b.over)
			rc = err_nomem(e);
		else if (!b.failed && b.len <= STREAM_MAX_CURSOR)
			rc = stream_out_mark(w->out, b.data, b.len, e);
		buf_free(&b);
	}
	return (rc == -1 ? -1 : stream_out_flush(w->out, e));
}

/* Has the walk been at ${next} before?  Numbers grow; texts may not. */
static int
check_circle(struct walk *w, const struct paginate_pos *next, struct err *e)
{
	struct buf b;
	bool again;

	if (next->text.len == 0)
		return (0);
	buf_init(&b, SIZE_MAX / 4);
	buf_append(&b, &next->window, sizeof(next->window));
	buf_append(&b, next->text.data, next->text.len);
	again = !b.failed && loop_step(w->circle, b.data, b.len);
	if (b.failed)
		err_nomem(e);
	buf_free(&b);
	if (!again)
		return (e->class == ERR_NONE ? 0 : -1);
	return (err_set_code(e, ERR_DATA, "loop", "the pages lead in a circle: "
	    "this next one was there before"));
}

/*
 * The window of ${s} is over, or the walk: 1 and ${next}, which begins the
 * window after it; 0 if there is none; -1.
 */
static int
next_window(struct walk *w, const struct queue_slot *s,
    struct paginate_pos *next, struct err *e)
{

	if (counts_check(&w->tally, e) == -1)
		return (-1);
	if (!queue_next_window(&w->queue, s->pos.window, next))
		return (0);
	counts_window(&w->tally);
	return (1);
}

/*
 * What comes after page ${p} of ${s}: 1 and ${next}, which may begin the
 * next window; 0 if nothing does; -1.
 */
static int
find_next(struct walk *w, struct queue_slot *s, const struct page *p,
    struct paginate_pos *next, struct err *e)
{
	uint64_t room = w->source->max_records - w->tally.past.records;
	int more;

	if (counts_page(&w->tally, p, e) == -1)
		return (-1);
	more = paginate_next(&w->source->paginate, &s->pos,
	    exchange_url(s->exchange), p, exchange_response(s->exchange),
	    &w->tally.past, next, e);
	if (more == -1 || (more == 1 && strip_key(w, next, e) == -1))
		return (-1);
	w->queue.last = paginate_last(&w->source->paginate, &w->tally.past);
	if (!more && p->records <= room)
		more = next_window(w, s, next, e);
	if (more > 0 && (w->tally.past.pages + 1 >= w->source->max_pages ||
	    p->records >= room))
		more = 0;
	return (more > 0 && check_circle(w, next, e) == -1 ? -1 : more);
}

/* No more pages are asked for than may be written. */
static void
limit_queue(struct walk *w)
{
	uint64_t left = w->source->max_pages - w->tally.past.pages;

	if (left < w->queue.most)
		w->queue.most = (unsigned)left;
}

/* One page that has arrived: 1 if there are more, 0 if not, -1. */
static int
take_page(struct walk *w, struct paginate_pos *next, struct err *e)
{
	struct queue_slot *s = queue_first(&w->queue);
	const struct page *p = exchange_page(s->exchange);
	int more;

	if (!w->begun && begin_stream(w, e) == -1)
		return (-1);
	more = find_next(w, s, p, next, e);
	limit_queue(w);
	if (more == -1 || queue_expect(&w->queue, more ? next : NULL, e) == -1)
		return (-1);
	if (emit_page(w, p, e) == -1 || (more == 1 &&
	    write_mark(w, next, e) == -1))
		return (-1);
	queue_drop(&w->queue);
	limit_queue(w);
	return (more == 1 && queue_fill(&w->queue, next, e) == -1 ? -1 : more);
}

/*
 * A cursor within a window once did not say how many records of that came
 * before it, which must be known where they are counted.
 */
static bool
is_uncounted(const struct walk *w)
{

	return (w->tally.past.walked == PAGINATE_UNKNOWN &&
	    (w->source->total != NULL ||
	    w->source->paginate.total_records != NULL));
}

/* A walk that has reached its limit leaves no cursor to go on from. */
static int
check_walk_limits(const struct walk *w, struct err *e)
{
	const struct paginate_past *past = &w->tally.past;

	if (past->pages < w->source->max_pages &&
	    past->records < w->source->max_records)
		return (0);
	return (err_set_code(e, ERR_CONFIG, "bad_cursor", "--resume: as much "
	    "as %s allows came before this cursor", past->pages <
	    w->source->max_pages ? "--max-records" : "--max-pages"));
}

/* Stand at the start, and if there is one still, at the cursor. */
static int
set_start(struct walk *w, struct paginate_pos *pos, struct err *e)
{

	queue_start(w->source, pos);
	counts_start(&w->tally);
	return (w->resumed ? cursor_read(&w->source->paginate,
	    w->conf->cursor, pos, &w->tally.past, e) : 0);
}

static int
start_walk(struct walk *w, struct paginate_pos *pos, struct err *e)
{

	queue_clear(&w->queue);
	if (set_start(w, pos, e) == -1)
		return (-1);
	if (is_uncounted(w)) {
		msg_log(MSG_WARNING, "restart", "the cursor is of an older "
		    "version, without counts: starting over");
		w->resumed = false;
		if (set_start(w, pos, e) == -1)
			return (-1);
	}
	if (check_walk_limits(w, e) == -1)
		return (-1);
	w->queue.last = paginate_last(&w->source->paginate, &w->tally.past);
	limit_queue(w);
	return (queue_fill(&w->queue, pos, e));
}

/*
 * The API no longer knows the cursor: from the start, once.  Even if 404 may
 * mean the end, or a rule makes the page empty: it may be lost pages.  The
 * start of a window is nothing that the API gave; a rule decides there.
 */
static bool
cursor_refused(const struct walk *w, bool answered)
{
	const struct queue_slot *s = &w->queue.slot[0];
	int status = exchange_status(s->exchange);

	return (w->resumed && !w->begun && !(answered && s->pos.first) &&
	    (status == 400 || status == 404 || status == 410));
}

/* There is no page ${s}, so the one before was the last: as next_window. */
static int
end_beyond(struct walk *w, const struct queue_slot *s, struct paginate_pos
    *next,
    struct err *e)
{
	int more;

	if (paginate_left(&w->source->paginate, &w->tally.past, &s->pos) > 0)
		return (err_set_code(e, ERR_TEMP, "total_mismatch", "page %"
		    PRIu64 ": HTTP 404, and the API counts more",
		    w->tally.past.pages + 1));
	more = next_window(w, s, next, e);
	if (more <= 0)
		return (more);
	if (queue_expect(&w->queue, next, e) == -1)
		return (-1);
	queue_drop(&w->queue);
	return (queue_fill(&w->queue, next, e) ? -1 : 1);
}

/* Wait for the first page asked for: 1 if there are more, 0 if not, -1. */
static int
await_page(struct walk *w, struct paginate_pos *next, struct err *e)
{
	struct queue_slot *s = queue_first(&w->queue);
	int rc = exchange_wait(s->exchange, e);
	int status = exchange_status(s->exchange);

	if (cursor_refused(w, rc == 0)) {
		msg_log(MSG_WARNING, "restart", "the API refused the cursor "
		    "(HTTP %d): starting over", status);
		err_clear(e);
		w->resumed = false;
		return (start_walk(w, next, e) ? -1 : 1);
	}
	if (rc == 0)
		return (take_page(w, next, e));
	if (!paginate_beyond(&w->source->paginate, &s->pos, status))
		return (err_prefix(e, "page %" PRIu64,
		    w->tally.past.pages + 1));
	err_clear(e);
	return (end_beyond(w, s, next, e));
}

static int
walk_pages(struct walk *w, struct paginate_pos *pos, struct err *e)
{
	int more;

	if (start_walk(w, pos, e) == -1)
		return (-1);
	while ((more = await_page(w, pos, e)) > 0)
		;
	return (more == -1 ? -1 : stream_out_end(w->out, e));
}

int
walk_run(const struct source *s, const struct walk_conf *conf,
    struct exchange_client *c, struct stream_out *out, struct err *e)
{
	struct walk w = { .source = s, .conf = conf, .client = c, .out = out };
	struct paginate_pos pos;
	int rc = -1;

	w.resumed = conf->cursor != NULL;
	buf_init(&w.text, SIZE_MAX / 4);
	queue_init(&w.queue, s, c, (unsigned)conf->prefetch);
	paginate_pos_init(&pos);
	w.circle = loop_new(e);
	if (w.circle != NULL && counts_init(&w.tally, s, e) == 0)
		rc = walk_pages(&w, &pos, e);
	paginate_pos_free(&pos);
	queue_free(&w.queue);
	counts_free(&w.tally);
	loop_free(w.circle);
	buf_free(&w.text);
	return (rc);
}
