/* SPDX-License-Identifier: Apache-2.0 */
#include "walk.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "cursor.h"
#include "fetch/source/redact.h"
#include "fetch/source/source.h"
#include "fetch/source/spec.h"
#include "fetch/source/url.h"
#include "fetch/source/window.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/cli/app.h"
#include "lib/cli/progress.h"
#include "lib/json/ptr.h"
#include "lib/report/msg.h"
#include "lib/stream/stream.h"
#include "loop.h"
#include "mark.h"
#include "partial.h"
#include "position.h"
#include "queue.h"
#include "unmatched.h"

struct walk {
	const struct source *source;
	const struct walk_conf *conf;
	struct exchange_client *client;
	struct stream_out *out;
	struct queue queue;
	struct counts tally;
	bool resumed;   /* the first page is not the source's first */
	bool begun;     /* the begin line is written */
	bool about;     /* for a record, one of several walks */
	struct buf *into; /* where records go; NULL: to the output */
	bool stepped;   /* a short page was reported */
	struct loop *circle; /* of positions */
	struct mark mark;
	struct paginate_seen seen;
	struct buf text;     /* the page being written */
	uint32_t crc32c;     /* of the page before it in the window */
	size_t len;          /* its bytes; 0: none */
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

/*
 * Append the records of page ${p} as text.  A page that repeats the one before
 * it comes from an API that ignores the page parameter.
 */
static int
cut_records(struct walk *w, const struct page *p, uint64_t *n, struct err *e)
{
	uint64_t room = w->source->max_records - w->tally.past.records;
	uint32_t crc;
	bool same;

	buf_reset(&w->text);
	*n = page_lines(p, room, &w->text);
	if (w->text.failed)
		return (err_nomem(e));
	crc = crc32c_update(0, w->text.data, w->text.len);
	same = w->text.len > 0 && w->text.len == w->len && crc == w->crc32c;
	w->len = w->text.len;
	w->crc32c = crc;
	return (!same ? 0 : err_set_code(e, ERR_DATA, "loop", "page %" PRIu64
	    " has the records of the page before it: the API ignores the page "
	    "parameter (is its name right?)",
	    w->tally.past.pages + 1));
}

/* Add the records of a page to those for the member. */
static int
collect_page(struct walk *w, struct err *e)
{
	size_t i;

	for (i = 0; i < w->text.len; i++)
		if (w->text.data[i] == '\n')
			w->text.data[i] = ',';
	buf_append(w->into, w->text.data, w->text.len);
	if (w->into->failed)
		return (err_nomem(e));
	return (w->into->len <= w->source->page.max_line ? 0 : err_set_code(e,
	    ERR_DATA, "bad_record", "with its answers it is too long "
	    "(--max-line)"));
}

/* Write the records of a complete page. */
static int
emit_page(struct walk *w, uint64_t n, struct err *e)
{

	if (w->into != NULL ? collect_page(w, e) :
	    stream_out_lines(w->out, w->text.data, w->text.len, n, e))
		return (-1);
	w->tally.past.pages++;
	msg_trace(MSG_INFO, "page", "page %" PRIu64 ": %" PRIu64 " records",
	    w->tally.past.pages, n);
	w->tally.past.records += n;
	w->tally.first = false;
	if (w->into != NULL)
		return (0);
	w->client->stats->records_out += n;
	w->client->stats->bytes_out += w->text.len;
	w->conf->app->expected = w->source->window.step == 0 && !w->about &&
	    w->tally.past.total != COUNTS_UNKNOWN ? w->tally.past.total : 0;
	progress_now(w->conf->app);
	return (0);
}

/*
 * An API may repeat the parameters of the request in its next URL.  The key is
 * added again when that URL is requested, so it is removed here: it must not
 * get into a mark.
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

/* After a page: mark where to resume, if that is safe. */
static int
write_mark(struct walk *w, const struct queue_slot *s, const struct page *p,
    struct paginate_pos *next, struct err *e)
{
	const struct mark_page page = { .url = exchange_url(s->exchange),
		.pos = &s->pos, .records = p->records };

	return (mark_write(&w->mark, &page, next, &w->tally, e));
}

/*
 * After the last page: mark where the feed has ended, so that a later run
 * resumes there.  A page that was cut short has not reached its end.
 */
static int
write_reached(struct walk *w, const struct queue_slot *s, const struct page *p,
    uint64_t n, struct paginate_pos *next, struct err *e)
{
	int rc;

	if (w->source->since == NULL || n != p->records)
		return (0);
	rc = paginate_reached(&w->source->paginate, p,
	    exchange_response(s->exchange), next, e);
	return (rc == 1 ? write_mark(w, s, p, next, e) : rc);
}

/* Was the walk at ${next} before?  Numbers always grow, texts may not. */
static int
check_circle(struct walk *w, const struct paginate_pos *next, struct err *e)
{
	struct buf b;
	bool again;

	if (next->text.len == 0 || next->first || w->source->paginate.scroll)
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
	return (err_set_code(e, ERR_DATA, "loop", "pagination loop: this "
	    "next page was fetched before"));
}

/*
 * The window of ${s}, or the walk, is over, as ${by} says: 1 and ${next},
 * which begins the next window; 0 if it was the last; -1.
 */
static int
end_window(struct walk *w, const struct queue_slot *s, enum proof_by by,
    struct paginate_pos *next, struct err *e)
{

	w->tally.said = w->seen.said;
	if (counts_end(&w->tally, by, e) == -1)
		return (-1);
	if (by == PROOF_LIMIT ||
	    !queue_next_window(&w->queue, s->pos.window, next))
		return (0);
	counts_window(&w->tally);
	w->len = 0;
	mark_window(&w->mark);
	return (1);
}

/* Reject an object that came instead of an array of records. */
static int
check_object(struct walk *w, struct page *p, struct err *e)
{

	if (p->places != NULL)
		return (0);
	if (!p->single || w->source->records == NULL ||
	    ptr_text(w->source->records)[0] == '\0') {
		w->client->lists = w->client->lists ||
		    (p->found && !p->single);
		return (0);
	}
	if (page_is_bare(p)) { /* PHP's form of an array without items */
		page_no_records(p);
		return (0);
	}
	if (!w->client->lists && !page_is_numbered(p))
		return (0);
	return (err_set_code(e, ERR_DATA, "records_map", "an object %s where "
	    "an array of records should be (\"records_map\": true, if its "
	    "values are the records)",
	    w->client->lists ? "came" : "with numbers for keys"));
}

/* Warn, once, if a page has fewer records than requested. */
static void
warn_short(struct walk *w, const struct page *p)
{
	const struct paginate_spec *spec = &w->source->paginate;

	if (w->stepped || spec->type != PAGINATE_OFFSET || spec->step_size ||
	    spec->size == 0 || p->records == 0 || p->records >= spec->size)
		return;
	w->stepped = true;
	msg_log(MSG_WARNING, "short_page", "page %" PRIu64 " has %" PRIu64
	    " records of %" PRIu64 ", and is not the last: if the API hides "
	    "some of those it counts, records come twice (\"step\": \"size\", "
	    "in \"paginate\")", w->tally.past.pages + 1, p->records,
	    spec->size);
}

/*
 * The position after page ${p} of ${s}: 1 and ${next}, which may begin the
 * next window; 0 if there is no more; -1.
 */
static int
find_next(struct walk *w, struct queue_slot *s, const struct page *p,
    struct paginate_pos *next, struct err *e)
{
	const struct paginate_spec *spec = &w->source->paginate;
	uint64_t room = w->source->max_records - w->tally.past.records;
	const struct signs_known known = { .not_more = &w->source->not_more,
		.paginate = spec, .url = exchange_url(s->exchange),
		.cursor = spec->type == PAGINATE_CURSOR && s->pos.text.len > 0 ?
		buf_cstr(&s->pos.text) : NULL };
	const struct http_response *r = exchange_response(s->exchange);
	enum proof_by end;
	int more = 1;

	if (known.url == NULL)
		return (err_nomem(e));
	if (counts_page(&w->tally, p, r, &known, e) == -1 ||
	    paginate_next(spec, &s->pos, known.url, p, r, &w->tally.past, next,
	    &w->seen, &end, e) == -1 ||
	    (end == PROOF_NONE && strip_key(w, next, e) == -1))
		return (-1);
	w->queue.last = paginate_last(spec, &w->tally.past);
	if (p->records > room)
		return (end_window(w, s, PROOF_LIMIT, next, e));
	if (end == PROOF_NONE)
		warn_short(w, p);
	else if ((more = end_window(w, s, end, next, e)) != 1)
		return (more);
	if (w->tally.past.pages + 1 >= w->source->max_pages ||
	    p->records >= room)
		return (end_window(w, s, PROOF_LIMIT, next, e));
	return (check_circle(w, next, e) == -1 ? -1 : 1);
}

/* Request no more pages than may be written. */
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
	struct page *p = exchange_page(s->exchange);
	uint64_t n;
	int more;

	if (check_object(w, p, e) == -1 || cut_records(w, p, &n, e) == -1 ||
	    partial_check(p, w->source->strict, e) == -1)
		return (-1);
	more = find_next(w, s, p, next, e);
	if (more == -1 || (!w->begun && begin_stream(w, e) == -1))
		return (-1);
	limit_queue(w);
	if (queue_expect(&w->queue, more == 1 ? next : NULL, e) == -1 ||
	    emit_page(w, n, e) == -1 ||
	    (more == 1 && write_mark(w, s, p, next, e) == -1) ||
	    (more == 0 && write_reached(w, s, p, n, next, e) == -1))
		return (-1);
	queue_drop(&w->queue);
	limit_queue(w);
	return (more == 1 && queue_fill(&w->queue, next, e) == -1 ? -1 : more);
}

/*
 * Older cursors within a window did not say how many of its records came
 * before, which must be known if the records are counted.
 */
static bool
is_uncounted(const struct walk *w)
{

	return (w->tally.past.walked == COUNTS_UNKNOWN &&
	    (w->source->total.ptr != NULL ||
	    w->source->total.header != NULL));
}

/* A walk that has reached its limit leaves no cursor to resume from. */
static int
check_walk_limits(const struct walk *w, struct err *e)
{
	const struct counts_past *past = &w->tally.past;

	if (past->pages < w->source->max_pages &&
	    past->records < w->source->max_records)
		return (0);
	return (err_set_code(e, ERR_CONFIG, "bad_cursor", "--resume: the "
	    "limit of %s was reached before this cursor", past->pages <
	    w->source->max_pages ? "--max-records" : "--max-pages"));
}

/* Begin at the start, or at the cursor if there still is one. */
static int
set_start(struct walk *w, struct paginate_pos *pos, struct err *e)
{

	queue_start(w->source, pos);
	counts_start(&w->tally);
	w->len = 0;
	w->client->lists = w->client->lists && w->about;
	mark_window(&w->mark);
	if (!w->resumed)
		return (0);
	w->tally.first = false;
	return (cursor_read(&w->source->paginate, w->conf->cursor, pos,
	    &w->tally, e));
}

/* A cursor of an older version may mean a place in the list. */
static bool
is_old_position(const struct walk *w, const struct paginate_pos *pos)
{
	const struct position_past past = { .walked = w->tally.past.walked,
		.pages = w->tally.past.pages };

	return (!w->tally.past.current && pos->text.len > 0 &&
	    !w->source->stable && !w->source->paginate.key &&
	    position_holds(pos->text.data, pos->text.len, &past));
}

static int
start_over(struct walk *w, struct paginate_pos *pos, const char *why,
    struct err *e)
{

	msg_log(MSG_WARNING, "restart", "%s: starting over", why);
	w->resumed = false;
	return (set_start(w, pos, e));
}

static int
start_walk(struct walk *w, struct paginate_pos *pos, struct err *e)
{

	queue_clear(&w->queue);
	if (set_start(w, pos, e) == -1)
		return (-1);
	if (w->resumed && is_uncounted(w) && start_over(w, pos, "the cursor "
	    "is of an older version, without counts", e) == -1)
		return (-1);
	if (w->resumed && is_old_position(w, pos) && start_over(w, pos, "the "
	    "cursor is of an older version, and counts records or pages: it "
	    "may lead past some by now", e) == -1)
		return (-1);
	if (check_walk_limits(w, e) == -1)
		return (-1);
	w->queue.last = paginate_last(&w->source->paginate, &w->tally.past);
	limit_queue(w);
	return (queue_fill(&w->queue, pos, e));
}

/*
 * The API no longer knows the cursor: begin at the start, once.  This applies
 * even if 404 may mean the end, or a rule makes the page empty: pages may be
 * lost.  The start of a window did not come from the API; there a rule
 * decides.
 */
static bool
cursor_refused(const struct walk *w, bool answered)
{
	const struct queue_slot *s = &w->queue.slot[0];
	int status = exchange_status(s->exchange);

	return (w->resumed && !w->begun && !(answered && s->pos.first) &&
	    (status == 400 || status == 404 || status == 410));
}

/* Page ${s} does not exist, so the last was before it: see next_window. */
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
	more = end_window(w, s, PROOF_EMPTY, next, e);
	if (more != 1)
		return (more);
	if (queue_expect(&w->queue, next, e) == -1)
		return (-1);
	queue_drop(&w->queue);
	return (queue_fill(&w->queue, next, e) ? -1 : 1);
}

/* Wait for the first page requested: 1 if there are more, 0 if not, -1. */
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
	if (e->class == ERR_CONFIG && !w->tally.first && status >= 200 &&
	    status <= 299)
		e->class = ERR_DATA; /* it was right on the first page */
	if (w->source->file != NULL)
		return (err_prefix(e, "%s", strcmp(w->source->file, "-") == 0 ?
		    "stdin" : w->source->file));
	if (!paginate_beyond(&w->source->paginate, &s->pos, status))
		return (err_prefix(e, "page %" PRIu64,
		    w->tally.past.pages + 1));
	err_clear(e);
	return (end_beyond(w, s, next, e));
}

void
walk_note_seen(const struct walk *w, struct paginate_seen *all)
{

	all->next = all->next || w->seen.next;
	all->more = all->more || w->seen.more;
	all->end = all->end || w->seen.end;
}

int
walk_check_proof(const struct source *s, const struct proof *p, struct err *e)
{
	static const enum proof_by least[] = { PROOF_LIMIT, PROOF_TOTAL,
		PROOF_END };

	if (s->require_proof == REQUIRE_NOTHING ||
	    proof_is_enough(p->by, least[s->require_proof]))
		return (0);
	return (err_set_code(e, ERR_TEMP, "unproven", "that all came is shown "
	    "by \"%s\" only, and \"require_proof\" asks for \"%s\"",
	    p->by == PROOF_NONE ? "nothing" : proof_names[p->by],
	    spec_require_proofs[s->require_proof]));
}

/* Walk all pages from ${pos} on, which was requested. */
static int
take_pages(struct walk *w, struct paginate_pos *pos, struct err *e)
{
	int more;

	while ((more = await_page(w, pos, e)) == 1)
		;
	return (more);
}

static int
walk_pages(struct walk *w, struct paginate_pos *pos, struct err *e)
{
	struct proof *p = &w->tally.past.proof;

	if (start_walk(w, pos, e) == -1 || take_pages(w, pos, e) == -1)
		return (-1);
	unmatched_report(w->source, &w->seen, w->conf->app);
	if (walk_check_proof(w->source, p, e) == -1)
		return (-1);
	p->walked = w->tally.past.records;
	w->conf->app->proof = *p;
	return (stream_out_end(w->out, p, e));
}

/* Create a walk without requests so far. */
static void
init_walk(struct walk *w, const struct source *s, const struct walk_conf *conf,
    struct exchange_client *c, struct stream_out *out, unsigned most)
{

	memset(w, 0, sizeof(*w));
	w->source = s;
	w->conf = conf;
	w->client = c;
	w->out = out;
	w->mark = (struct mark){ .source = s, .hidden = c->hidden, .out = out,
		.seal = conf->seal, .at = conf->at };
	buf_init(&w->text, SIZE_MAX / 4);
	queue_init(&w->queue, s, c, most);
}

static void
fini_walk(struct walk *w)
{

	queue_free(&w->queue);
	counts_free(&w->tally);
	loop_free(w->circle);
	buf_free(&w->text);
}

int
walk_run(const struct source *s, const struct walk_conf *conf,
    struct exchange_client *c, struct stream_out *out, struct err *e)
{
	struct paginate_pos pos;
	struct walk w;
	int rc = -1;

	init_walk(&w, s, conf, c, out, (unsigned)conf->prefetch);
	w.resumed = conf->cursor != NULL;
	paginate_pos_init(&pos);
	w.circle = loop_new(e);
	if (w.circle != NULL && counts_init(&w.tally, s, e) == 0)
		rc = walk_pages(&w, &pos, e);
	paginate_pos_free(&pos);
	fini_walk(&w);
	return (rc);
}

struct walk *
walk_about(const struct source *s, const struct walk_conf *conf,
    struct exchange_client *c, struct stream_out *out,
    const struct scan *record, struct err *e)
{
	struct walk *w = malloc(sizeof(*w));
	struct paginate_pos pos;
	int rc;

	if (w == NULL) {
		err_nomem(e);
		return (NULL);
	}
	init_walk(w, s, conf, c, out, 1);
	w->about = w->begun = true;
	w->queue.record = record;
	paginate_pos_init(&pos);
	queue_start(s, &pos);
	rc = queue_fill(&w->queue, &pos, e);
	paginate_pos_free(&pos);
	if (rc == 0)
		return (w);
	walk_free(w);
	return (NULL);
}

void
walk_free(struct walk *w)
{

	if (w != NULL)
		fini_walk(w);
	free(w);
}

const struct proof *
walk_finish(struct walk *w, unsigned most, bool later, struct buf *into,
    struct err *e)
{
	struct paginate_pos pos;
	int rc = -1;

	assert(w->about && w->queue.n == 1);
	w->into = into;
	w->queue.most = most;
	w->circle = loop_new(e);
	paginate_pos_init(&pos);
	if (w->circle != NULL && counts_init(&w->tally, w->source, e) == 0) {
		mark_window(&w->mark);
		w->tally.first = !later;
		limit_queue(w);
		rc = take_pages(w, &pos, e);
	}
	paginate_pos_free(&pos);
	w->tally.past.proof.walked = w->tally.past.records;
	return (rc == 0 ? &w->tally.past.proof : NULL);
}
