/* SPDX-License-Identifier: Apache-2.0 */
#include "walk.h"

#include <inttypes.h>
#include <string.h>

#include "cursor.h"
#include "lib/err.h"
#include "lib/msg.h"
#include "lib/opt.h"
#include "lib/ptr.h"
#include "lib/stream.h"
#include "paginate.h"
#include "source.h"
#include "url.h"

#define MAX_URL (64U * 1024)

/* A page that was asked for, and where it stands. */
struct slot {
	struct exchange *exchange;
	struct paginate_pos pos;
};

struct walk {
	const struct source *source;
	const struct walk_conf *conf;
	struct exchange_client *client;
	struct stream_out *out;
	struct buf base; /* the source's URL with its parameters */
	struct slot slot[WALK_MAX_PREFETCH];
	unsigned head, n;    /* a ring: slots in use, in order */
	uint64_t pages;      /* written */
	uint64_t records;    /* written, in all attempts of the run */
	bool resumed;        /* the first page is not the source's first */
	bool begun;          /* the begin line is written */
	bool limited;        /* stopped by --max-pages or --max-records */
	uint64_t total;      /* what the server says there are ... */
	bool total_known;    /* ... if it did */
	struct buf text;     /* the page being written */
};

static struct slot *
slot_at(struct walk *w, unsigned i)
{

	return (&w->slot[(w->head + i) % WALK_MAX_PREFETCH]);
}

/* Make the URL that all requests start from. */
static int
make_base(struct walk *w, struct err *e)
{
	const struct source *s = w->source;
	struct buf old;
	size_t i;

	buf_init(&w->base, MAX_URL);
	buf_puts(&w->base, s->url);
	for (i = 0; i < s->query.n; i++) {
		old = w->base;
		buf_init(&w->base, MAX_URL);
		if (buf_cstr(&old) != NULL)
			url_set_param(buf_cstr(&old), s->query.item[i].name,
			    s->query.item[i].value,
			    strlen(s->query.item[i].value), &w->base);
		buf_free(&old);
	}
	if (buf_cstr(&w->base) == NULL)
		return (err_set(e, ERR_CONFIG, "the URL is too long"));
	return (url_check(buf_cstr(&w->base), e));
}

/* Ask for the page at ${pos}, behind those asked for already. */
static int
ask(struct walk *w, const struct paginate_pos *pos, struct err *e)
{
	struct slot *s = slot_at(w, w->n);
	const char *text;
	struct buf url;

	if (paginate_copy(&s->pos, pos, e))
		return (-1);
	buf_init(&url, MAX_URL);
	s->exchange = NULL;
	if (paginate_url(&w->source->paginate, pos, buf_cstr(&w->base), &url,
	    e) == 0) {
		text = buf_cstr(&url);
		if (text == NULL)
			err_nomem(e);
		else if (!url_same_origin(text, buf_cstr(&w->base)))
			err_code(e, (err_set(e, ERR_REFUSED, "the next page "
			    "is at another origin"), "cross_origin"));
		else
			s->exchange = exchange_new(w->client, text, e);
	}
	buf_free(&url);
	if (s->exchange == NULL)
		return (-1);
	w->n++;
	return (0);
}

/* Drop the first page asked for, or all. */
static void
drop_first(struct walk *w)
{

	exchange_free(slot_at(w, 0)->exchange);
	w->head = (w->head + 1) % WALK_MAX_PREFETCH;
	w->n--;
}

static void
drop_all(struct walk *w)
{

	while (w->n > 0)
		drop_first(w);
}

/* Ask for as many pages behind the last as may be under way. */
static int
fill(struct walk *w, struct err *e)
{
	struct paginate_pos next;
	int rc = 0;

	paginate_pos_init(&next);
	while (rc == 0 && w->n > 0 && w->n < w->conf->prefetch &&
	    w->pages + w->n < w->source->max_pages &&
	    paginate_ahead(&w->source->paginate, &slot_at(w, w->n - 1)->pos,
	    &next))
		rc = ask(w, &next, e);
	paginate_pos_free(&next);
	return (rc == 0 ? exchange_kick(w->client, e) : -1);
}

static int
begin(struct walk *w, struct err *e)
{
	struct stream_begin b;
	const char *from = w->resumed ? w->conf->cursor : "null";
	int rc = -1;

	w->begun = true;
	if (!w->conf->seal)
		return (0);
	stream_begin_init(&b);
	b.at = w->conf->at;
	if (w->conf->run != NULL && strlen(w->conf->run) <= STREAM_MAX_RUN)
		memcpy(b.run, w->conf->run, strlen(w->conf->run) + 1);
	if (source_hash(w->source, b.source, e) == 0) {
		buf_reset(&b.from);
		buf_puts(&b.from, from);
		rc = stream_out_begin(w->out, &b, e);
	}
	stream_begin_free(&b);
	return (rc);
}

/* Remember what the server says the number of all records is. */
static int
note_total(struct walk *w, const struct page *p, struct err *e)
{
	const struct ptr *ptr = w->source->total;
	uint32_t t = page_find(p, ptr);
	char text[24] = "";

	if (ptr == NULL)
		return (0);
	if (t != SCAN_NOT_FOUND && scan_len(&p->scan, t) < sizeof(text))
		memcpy(text, scan_ptr(&p->scan, t), scan_len(&p->scan, t));
	if (opt_number(text, 0, UINT64_MAX, &w->total)) {
		err_set(e, ERR_DATA, "no count at \"%s\" (--total)",
		    ptr_text(ptr));
		return (err_code(e, "bad_page"));
	}
	w->total_known = true;
	return (0);
}

static int
check_total(struct walk *w, struct err *e)
{

	if (!w->total_known || w->limited || w->total == w->records)
		return (0);
	err_set(e, ERR_TEMP, "the API counts %" PRIu64 " records, but %" PRIu64
	    " came", w->total, w->records);
	return (err_code(e, "total_mismatch"));
}

/* Write the records of a page that is whole. */
static int
emit(struct walk *w, const struct page *p, struct err *e)
{
	uint64_t room = w->source->max_records - w->records, n;

	buf_reset(&w->text);
	n = page_lines(p, room, &w->text);
	if (w->text.failed)
		return (err_nomem(e));
	if (stream_out_lines(w->out, w->text.data, w->text.len, n, e))
		return (-1);
	w->pages++;
	w->records += n;
	w->client->stats->records_out += n;
	w->client->stats->bytes_out += w->text.len;
	return (0);
}

/* After a page: say where to go on from, if that is sound. */
static int
mark(struct walk *w, const struct paginate_pos *next, struct err *e)
{
	struct buf b;
	int rc = 0;

	if (!w->conf->seal || (!w->source->stable &&
	    !paginate_sound(&w->source->paginate, next)))
		return (stream_out_flush(w->out, e));
	buf_init(&b, 4 * STREAM_MAX_CURSOR);
	cursor_write(&w->source->paginate, next, w->records, &b);
	if (!b.failed && b.len <= STREAM_MAX_CURSOR)
		rc = stream_out_mark(w->out, b.data, b.len, e);
	buf_free(&b);
	return (rc ? rc : stream_out_flush(w->out, e));
}

/* The API no longer knows the cursor: from the start, once. */
static bool
cursor_refused(struct walk *w, struct err *e)
{
	int status = exchange_status(slot_at(w, 0)->exchange);

	if (!w->resumed || w->begun ||
	    (status != 400 && status != 404 && status != 410))
		return (false);
	msg_log(MSG_WARNING, "restart", "the API refused the cursor (HTTP "
	    "%d): starting over", status);
	err_clear(e);
	w->resumed = false;
	w->records = 0;
	drop_all(w);
	return (true);
}

/* One page that has arrived: 1 if there are more, 0 if not, -1. */
static int
take(struct walk *w, struct paginate_pos *next, struct err *e)
{
	struct slot *s = slot_at(w, 0);
	const struct page *p = exchange_page(s->exchange);
	int more;

	if (!w->begun && begin(w, e))
		return (-1);
	more = paginate_next(&w->source->paginate, &s->pos,
	    exchange_url(s->exchange), p, exchange_response(s->exchange),
	    w->records + p->records, next, e);
	if (more < 0 || note_total(w, p, e))
		return (-1);
	if (w->pages + 1 >= w->source->max_pages ||
	    p->records >= w->source->max_records - w->records) {
		w->limited = w->limited || more;
		more = 0;
	}
	/* What was asked for ahead must be what comes next. */
	while (w->n > 1 && (!more || slot_at(w, 1)->pos.number !=
	    next->number)) {
		exchange_free(slot_at(w, w->n - 1)->exchange);
		w->n--;
	}
	if (more && w->n == 1 && w->conf->prefetch > 1 && ask(w, next, e))
		return (-1);
	if (more && fill(w, e))
		return (-1);
	if (emit(w, p, e) || (more && mark(w, next, e)))
		return (-1);
	drop_first(w);
	return (more && w->n == 0 && ask(w, next, e) ? -1 : more);
}

/* Wait for the first page asked for: 1, 0 if it lies beyond the end, -1. */
static int
await(struct walk *w, struct err *e)
{
	struct slot *s = slot_at(w, 0);

	if (exchange_wait(s->exchange, e) == 0)
		return (1);
	if (paginate_beyond(&w->source->paginate, &s->pos,
	    exchange_status(s->exchange))) {
		err_clear(e);
		return (0);
	}
	return (err_prefix(e, "page %" PRIu64, w->pages + 1));
}

static int
start(struct walk *w, struct paginate_pos *pos, struct err *e)
{

	paginate_first(&w->source->paginate, pos);
	if (w->resumed && cursor_read(&w->source->paginate, w->conf->cursor,
	    pos, &w->records, e))
		return (-1);
	return (ask(w, pos, e) || fill(w, e) ? -1 : 0);
}

static int
walk_pages(struct walk *w, struct paginate_pos *pos, struct err *e)
{
	int more = 1;

	if (make_base(w, e) || start(w, pos, e))
		return (-1);
	while (more > 0) {
		more = await(w, e);
		if (more < 0 && cursor_refused(w, e)) {
			more = 1;
			if (start(w, pos, e))
				return (-1);
			continue;
		}
		if (more > 0)
			more = take(w, pos, e);
	}
	if (more < 0 || check_total(w, e))
		return (-1);
	return (stream_out_end(w->out, e));
}

int
walk_run(const struct source *s, const struct walk_conf *conf,
    struct exchange_client *c, struct stream_out *out, struct err *e)
{
	struct walk w = { .source = s, .conf = conf, .client = c, .out = out };
	struct paginate_pos pos;
	unsigned i;
	int rc;

	w.resumed = conf->cursor != NULL;
	for (i = 0; i < WALK_MAX_PREFETCH; i++)
		paginate_pos_init(&w.slot[i].pos);
	buf_init(&w.text, SIZE_MAX / 4);
	paginate_pos_init(&pos);
	rc = walk_pages(&w, &pos, e);
	drop_all(&w);
	paginate_pos_free(&pos);
	for (i = 0; i < WALK_MAX_PREFETCH; i++)
		paginate_pos_free(&w.slot[i].pos);
	buf_free(&w.text);
	buf_free(&w.base);
	return (rc);
}
