/* SPDX-License-Identifier: Apache-2.0 */
#include "each.h"

#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "counts.h"
#include "exchange.h"
#include "fetch/source/source.h"
#include "fetch/source/spec.h"
#include "lib/base/err.h"
#include "lib/json/jsonw.h"
#include "lib/stream/stream.h"
#include "paginate.h"
#include "partial.h"
#include "queue.h"
#include "request.h"
#include "unmatched.h"
#include "walk.h"

/* A record with a request, or a mark between two records. */
struct ask {
	struct exchange *exchange; /* NULL: a mark, or */
	struct walk *walk;         /* a walk for the record */
	struct buf text; /* the cursor of the mark, or the record if kept */
	struct scan scan; /* of the record of a walk */
	uint64_t line;
};

struct each {
	const struct source *source;
	const struct each_conf *conf;
	struct exchange_client *client;
	struct stream *in;
	struct stream_out *out;
	struct scan scan;         /* of the record read last */
	struct paginate_pos pos;  /* of the only page */
	struct paginate_pos next; /* there must be none */
	struct counts tally;      /* of one answer */
	struct proof proof;       /* of all answers so far */
	struct buf text;          /* lines to write */
	struct paginate_seen seen; /* places of the source found by walks */
	bool walked;              /* a walk has ended */
	bool ended;               /* all of stdin is read */
	unsigned most, first, n;
	struct ask ask[QUEUE_MAX]; /* a ring */
};

/* The output is the input's run, fetched from this source. */
static int
begin_answers(struct each *w, struct err *e)
{
	const struct stream_begin *head = stream_head(w->in);
	char own[SHA256_HEX];
	struct stream_begin b;
	struct sha256 *h;
	int rc = -1;

	if (w->conf->run != NULL && strcmp(w->conf->run, head->run) != 0)
		return (err_set(e, ERR_USAGE, "--run: stdin is of another "
		    "run"));
	stream_begin_init(&b);
	h = sha256_new(e);
	if (h != NULL && stream_begin_copy(&b, head, e) == 0 &&
	    source_hash(w->source, own, e) == 0) {
		b.share = false; /* of the input's records, not of ours */
		sha256_update(h, b.source, strlen(b.source));
		sha256_update(h, own, strlen(own));
		if (sha256_end(h, b.source, e) == 0)
			rc = stream_out_begin(w->out, &b, e);
	}
	sha256_free(h);
	stream_begin_free(&b);
	return (rc);
}

static int
reject_answer(struct err *e, const char *why)
{

	return (err_set_code(e, ERR_DATA, "bad_record", "%s", why));
}

/* The record just scanned will get a new member: keep it. */
static int
keep_record(struct each *w, struct ask *a, struct err *e)
{
	const char *key = w->source->into;
	const uint8_t *raw;
	size_t len;

	if (w->scan.tok[0].kind != SCAN_OBJECT)
		return (reject_answer(e,
		    "not an object, so --into cannot add to it"));
	if (scan_member(&w->scan, 0, key, strlen(key)) != SCAN_NOT_FOUND)
		return (reject_answer(e,
		    "it has the member of --into already"));
	raw = scan_raw(&w->scan, 0, &len);
	buf_append(&a->text, raw, len);
	return (a->text.failed ? err_nomem(e) : 0);
}

/* Start a walk for the record, which is kept. */
static int
begin_walk(struct each *w, struct ask *a, struct err *e)
{
	const uint8_t *raw;
	size_t len;

	buf_reset(&a->text);
	raw = scan_raw(&w->scan, 0, &len);
	buf_append(&a->text, raw, len);
	if (buf_cstr(&a->text) == NULL)
		return (err_nomem(e));
	if (scan_text(&a->scan, a->text.data, len, e) == -1)
		return (-1);
	a->walk = walk_about(w->source, w->conf->walk, w->client, w->out,
	    &a->scan, e);
	return (a->walk == NULL ? -1 : 0);
}

static int
ask_about(struct each *w, struct ask *a, const struct stream_item *i,
    struct err *e)
{
	const struct request_vars v = { .source = w->source, .pos = &w->pos,
		.record = &w->scan };

	w->client->stats->records_in++;
	if (scan_text(&w->scan, i->line, i->len, e) == -1 ||
	    (w->source->into != NULL && keep_record(w, a, e) == -1) ||
	    (w->source->each_walks ? begin_walk(w, a, e) == -1 :
	    (a->exchange = exchange_new(w->client, &v, e)) == NULL))
		return (err_prefix(e, "line %" PRIu64, i->number));
	return (0);
}

/* Read one item of stdin and start what can be started now. */
static int
read_item(struct each *w, struct err *e)
{
	struct ask *a = &w->ask[(w->first + w->n) % QUEUE_MAX];
	struct stream_item i;

	assert(w->n < QUEUE_MAX);
	if (stream_read(w->in, &i, e) == -1)
		return (-1);
	if (w->conf->seal && !stream_sealed(w->in))
		return (err_set(e, ERR_USAGE, "--seal: stdin is not sealed"));
	if (i.kind == STREAM_BEGIN)
		return (begin_answers(w, e));
	w->ended = i.kind == STREAM_EOF;
	if (w->ended)
		return (0);
	a->exchange = NULL;
	a->walk = NULL;
	a->line = i.number;
	buf_reset(&a->text);
	w->n++;
	if (i.kind == STREAM_RECORD)
		return (ask_about(w, a, &i, e));
	buf_append(&a->text, i.line, i.len);
	return (a->text.failed ? err_nomem(e) : 0);
}

/* Can stdin be read without delaying responses?  1, 0, -1. */
static int
is_readable(struct each *w, struct err *e)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	if (w->ended || w->n == w->most)
		return (0);
	if (w->n == 0 || stream_buffered(w->in))
		return (1);
	return (poll(&p, 1, 0) > 0 ? stream_fill(w->in, e) : 0);
}

/* A response must have everything for its record. */
static int
check_whole(struct each *w, struct exchange *x, struct err *e)
{
	const struct signs_known known = {
		.not_more = &w->source->not_more,
		.paginate = &w->source->paginate, .url = exchange_url(x) };
	struct paginate_seen seen = { .next = false };
	struct page *p = exchange_page(x);
	enum proof_by end;

	if (known.url == NULL)
		return (err_nomem(e));
	counts_start(&w->tally);
	if (counts_page(&w->tally, p, exchange_response(x), &known, e) == -1 ||
	    paginate_next(&w->source->paginate, &w->pos, known.url, p,
	    exchange_response(x), &w->tally.past, &w->next, &seen, &end,
	    e) == -1)
		return (-1);
	if (end == PROOF_NONE)
		return (err_set_code(e, ERR_CONFIG, "more_pages", "a Link "
		    "header leads to a next page: each record gets one request "
		    "(--paginate none: that page is not wanted)"));
	if (counts_end(&w->tally, end, e) == -1 ||
	    partial_check(p, w->source->strict, e) == -1)
		return (-1);
	proof_weaken(&w->proof, &w->tally.past.proof);
	return (0);
}

/*
 * The lines that replace a record.  There may be none only if the user has
 * named the place of the records or written a rule.
 */
static int
replace_record(struct each *w, const struct page *p, uint64_t *n, struct err *e)
{

	*n = page_lines(p, UINT64_MAX, &w->text);
	if (*n > 0 || (p->lines && !p->unsaid) ||
	    json_object_get(w->source->doc, "records") != NULL)
		return (0);
	return (reject_answer(e, "its answer is null or an empty array, which "
	    "would drop it (--records \"\": it may)"));
}

/* The record of ${a} without its last brace, and the key for the response. */
static size_t
open_record(struct each *w, const struct ask *a)
{
	struct buf *b = &w->text;
	size_t bare = a->text.len - 1;

	buf_append(b, a->text.data, bare);
	while (b->len > 1 && (b->data[b->len - 1] == ' ' ||
	    b->data[b->len - 1] == '\t' || b->data[b->len - 1] == '\r'))
		b->len--;
	jsonw_member(b, w->source->into);
	return (bare);
}

/* Is the record with its response within the limit? */
static int
check_merged(const struct each *w, struct err *e)
{

	if (w->text.len <= w->source->page.max_line + 1)
		return (0);
	return (reject_answer(e, "with its answer it is too long "
	    "(--max-line)"));
}

/* The record of ${a} with its response in it, as a line. */
static int
merge_answer(struct each *w, const struct ask *a, const struct page *p,
    struct err *e)
{
	struct buf *b = &w->text;
	size_t bare = open_record(w, a);

	if (!page_value(p, b)) {
		if (p->records > 0)
			return (reject_answer(e, "its answer is NDJSON, which "
			    "cannot be a member of it"));
		buf_reset(b);
		buf_append(b, a->text.data, bare);
	}
	buf_puts(b, "}\n");
	return (check_merged(w, e));
}

static int
write_lines(struct each *w, uint64_t n, struct err *e)
{

	w->client->stats->records_out += n;
	w->client->stats->bytes_out += w->text.len;
	return (stream_out_lines(w->out, w->text.data, w->text.len, n, e));
}

static int
write_answer(struct each *w, const struct ask *a, struct err *e)
{
	const struct page *p = exchange_page(a->exchange);
	uint64_t n = 1;

	if (check_whole(w, a->exchange, e) == -1)
		return (-1);
	buf_reset(&w->text);
	if (w->source->into == NULL ? replace_record(w, p, &n, e) :
	    merge_answer(w, a, p, e))
		return (-1);
	if (w->text.failed)
		return (err_nomem(e));
	return (write_lines(w, n, e));
}

/* Walk to the end for the record of ${a}. */
static int
finish_walk(struct each *w, struct ask *a, struct err *e)
{
	unsigned others = w->n - 1;
	struct buf *into = w->source->into == NULL ? NULL : &w->text;
	const struct proof *proof;

	buf_reset(&w->text);
	if (into != NULL) {
		(void)open_record(w, a);
		buf_putc(into, '[');
	}
	proof = walk_finish(a->walk, others < w->most ? w->most - others : 1,
	    w->walked, into, e);
	if (proof == NULL)
		return (-1);
	w->walked = true;
	proof_weaken(&w->proof, proof);
	walk_note_seen(a->walk, &w->seen);
	if (into == NULL)
		return (0);
	if (into->len > 0 && into->data[into->len - 1] == ',')
		into->len--;
	buf_puts(into, "]}\n");
	if (into->failed)
		return (err_nomem(e));
	return (check_merged(w, e) == -1 ? -1 : write_lines(w, 1, e));
}

/* Wait for what is first and hand it on. */
static int
pass_on_first(struct each *w, struct err *e)
{
	struct ask *a = &w->ask[w->first];

	assert(w->n > 0 && w->first < QUEUE_MAX);
	if (a->walk != NULL) {
		if (finish_walk(w, a, e) == -1)
			return (err_prefix(e, "line %" PRIu64, a->line));
	} else if (a->exchange == NULL) {
		if (stream_out_mark(w->out, a->text.data, a->text.len, e) == -1)
			return (-1);
	} else if (exchange_wait(a->exchange, e) == -1 ||
	    write_answer(w, a, e) == -1) {
		return (err_prefix(e, "line %" PRIu64, a->line));
	}
	walk_free(a->walk);
	exchange_free(a->exchange);
	a->walk = NULL;
	a->exchange = NULL;
	w->first = (w->first + 1) % QUEUE_MAX;
	w->n--;
	return (stream_out_flush(w->out, e));
}

static int
run_each(struct each *w, struct err *e)
{
	int more;

	while (!w->ended || w->n > 0) {
		while ((more = is_readable(w, e)) > 0)
			if (read_item(w, e) == -1)
				return (-1);
		if (more < 0 || exchange_kick(w->client, e) == -1 ||
		    (w->n > 0 && pass_on_first(w, e) == -1))
			return (-1);
	}
	if (w->walked)
		unmatched_report(w->source, &w->seen, w->conf->walk->app);
	if (walk_check_proof(w->source, &w->proof, e) == -1)
		return (-1);
	/* The input list may itself be incomplete. */
	if (stream_proof(w->in)->by == PROOF_NONE)
		w->proof.by = PROOF_NONE;
	else if (stream_proof(w->in)->by > w->proof.by)
		w->proof.by = stream_proof(w->in)->by;
	w->proof.walked = w->out->records;
	w->conf->walk->app->proof = w->proof;
	return (stream_out_end(w->out, &w->proof, e));
}

int
each_run(const struct source *s, const struct each_conf *conf,
    struct exchange_client *c, struct stream_out *out, struct err *e)
{
	struct each w = { .source = s, .conf = conf, .client = c, .out = out };
	unsigned i;
	int rc = -1;

	w.most = conf->prefetch < QUEUE_MAX ? (unsigned)conf->prefetch :
	    QUEUE_MAX;
	scan_init(&w.scan);
	buf_init(&w.text, SIZE_MAX / 4);
	paginate_pos_init(&w.next);
	paginate_pos_init(&w.pos);
	queue_start(s, &w.pos);
	for (i = 0; i < QUEUE_MAX; i++) {
		buf_init(&w.ask[i].text, SIZE_MAX / 4);
		scan_init(&w.ask[i].scan);
	}
	w.in = stream_open(STDIN_FILENO, s->page.max_line, e);
	if (w.in != NULL && counts_init(&w.tally, s, e) == 0) {
		rc = run_each(&w, e);
		c->stats->bytes_in += stream_bytes(w.in);
	}
	for (i = 0; i < QUEUE_MAX; i++) {
		walk_free(w.ask[i].walk);
		exchange_free(w.ask[i].exchange);
		buf_free(&w.ask[i].text);
		scan_free(&w.ask[i].scan);
	}
	stream_free(w.in);
	counts_free(&w.tally);
	paginate_pos_free(&w.next);
	paginate_pos_free(&w.pos);
	buf_free(&w.text);
	scan_free(&w.scan);
	return (rc);
}

int
each_show(const struct source *s, struct buf *out, struct err *e)
{
	struct stream_item i = { .kind = STREAM_MARK };
	struct scan scan;
	struct stream *in;
	int rc = 0;

	scan_init(&scan);
	in = stream_open(STDIN_FILENO, s->page.max_line, e);
	while (in != NULL && rc == 0 && i.kind != STREAM_RECORD &&
	    i.kind != STREAM_EOF)
		rc = stream_read(in, &i, e);
	if (in == NULL || (rc == 0 && i.kind == STREAM_RECORD &&
	    (scan_text(&scan, i.line, i.len, e) == -1 ||
	    queue_show(s, &scan, out, e) == -1)))
		rc = -1;
	stream_free(in);
	scan_free(&scan);
	return (rc);
}
