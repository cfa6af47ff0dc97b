/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "cookies.h"
#include "decode.h"
#include "explain.h"
#include "fetch/source/redact.h"
#include "fetch/source/source.h"
#include "fetch/source/spec.h"
#include "fetch/source/url.h"
#include "file.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/report/msg.h"
#include "lib/report/waiting.h"
#include "origin.h"
#include "paginate.h"
#include "quota.h"
#include "rate.h"
#include "recording.h"
#include "request.h"
#include "response.h"
#include "retry.h"
#include "trace.h"
#include "verdict.h"

#define MAX_URL (64U * 1024)
#define LOOK_MS       500 /* while a wait counts down */
#define MAX_REDIRECTS 5
#define PARSE_TRIES 3 /* a body may have been cut off */

/*
 * WAITING -> FLYING -> ANSWERED -> LANDED -> DONE, and from each of the first
 * four to FAILED or back to WAITING.
 */
enum state {
	WAITING,  /* until it is due and may be sent */
	FLYING,   /* sent */
	ANSWERED, /* a response has arrived */
	LANDED,   /* which is a page, to be parsed */
	DONE,
	FAILED
};

struct exchange {
	struct exchange_client *client;
	struct exchange *next, **link;
	enum state state;
	int64_t due; /* WAITING: when to send, on clock_mono_ms */
	int64_t sent; /* FLYING: when it was sent */
	uint64_t token; /* FLYING: number of its credentials */
	uint64_t cookies; /* ... and changes of cookies so far */
	bool welcomed; /* sent again, because others were accepted */
	struct retry patience;
	unsigned redirects, unparsed;
	bool explained; /* the error quotes the API */
	bool given; /* the API gave this URL or cursor */
	bool later; /* a page came before it */
	struct request request; /* as built, without credentials */
	struct request wire;    /* as sent */
	struct request shown;   /* for people; made for a recording */
	struct buf place;       /* what messages call the URL */
	const char *lines[REQUEST_HEADERS + 1];
	struct http_call *call;
	const struct http_response *response;
	struct http_response answer; /* from the recording */
	int status;
	struct page page;
	struct err err;
};

/* Build the request again, without values of the environment. */
static int
show_request(struct exchange *x, const struct request_vars *v, struct err *e)
{
	struct request_vars hidden = *v;

	hidden.hide = true;
	return (request_build(&x->shown, &hidden, e));
}

struct exchange *
exchange_new(struct exchange_client *c, const struct request_vars *v,
    struct err *e)
{
	struct exchange *x;

	if ((x = calloc(1, sizeof(*x))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	x->client = c;
	x->link = &c->list;
	while (*x->link != NULL)
		x->link = &(*x->link)->next;
	*x->link = x;
	request_init(&x->request);
	request_init(&x->wire);
	request_init(&x->shown);
	buf_init(&x->place, 4 * MAX_URL);
	page_init(&x->page);
	retry_init(&x->patience, &c->retry);
	x->later = !v->pos->first;
	x->given = x->later && v->pos->text.len > 0;
	if (request_build(&x->request, v, e) == -1 ||
	    (recording_records(c->tape) && show_request(x, v, e) == -1)) {
		exchange_free(x);
		return (NULL);
	}
	return (x);
}

void
exchange_free(struct exchange *x)
{

	if (x == NULL)
		return;
	page_leave_scanner(&x->page, &x->client->spare);
	*x->link = x->next;
	if (x->next != NULL)
		x->next->link = x->link;
	http_end(x->client->http, x->call);
	page_free(&x->page);
	request_free(&x->request);
	request_free(&x->wire);
	request_free(&x->shown);
	buf_free(&x->place);
	recording_answer_free(&x->answer);
	free(x);
}

/* The request with its credentials, in ${x}->wire; its header as lines. */
static int
make_wire(struct exchange *x, struct err *e)
{

	if (request_copy(&x->wire, &x->request, e) == -1 ||
	    auth_apply(x->client->auth, &x->wire, e) == -1 ||
	    cookies_apply(x->client->jar, &x->wire, e) == -1)
		return (-1);
	x->cookies = cookies_changes(x->client->jar);
	return (request_lines(&x->wire, x->lines, e));
}

static void
fail_exchange(struct exchange *x)
{
	const struct explain about = { .source = x->client->source,
		.hidden = x->client->hidden, .response = x->response,
		.page = &x->page, .url = &x->request.url };

	assert(x->err.class != ERR_NONE);
	if (strcmp(x->err.code, "client_certificate") == 0 && !x->explained) {
		x->explained = true;
		explain_certificate(&x->err);
	}
	if (x->response != NULL && x->response->status != 0 &&
	    !x->explained) {
		x->explained = true;
		explain_answer(&about, &x->err);
	}
	http_end(x->client->http, x->call);
	x->call = NULL;
	x->response = NULL;
	x->state = FAILED;
}

/* The file of the source is the response. */
static void
read_answer(struct exchange *x)
{
	const struct source *s = x->client->source;

	if (file_answer(s->file, &s->page, x->client->max_body, &x->answer,
	    &x->err) == -1) {
		fail_exchange(x);
		return;
	}
	x->client->stats->bytes_in += x->answer.received;
	x->response = &x->answer;
	x->state = ANSWERED;
}

/* Answer from the recording: no request is sent. */
static void
replay_answer(struct exchange *x)
{

	if (recording_play(x->client->tape, &x->request, &x->answer,
	    &x->err) == -1) {
		fail_exchange(x);
		return;
	}
	x->response = &x->answer;
	x->state = ANSWERED;
}

static void
send_exchange(struct exchange *x)
{
	struct exchange_client *c = x->client;
	struct http_request q = { .method = x->request.method,
		.bare = !x->request.own };

	assert(x->state == WAITING && x->call == NULL);
	err_clear(&x->err);
	if (c->source->file != NULL) {
		read_answer(x);
		return;
	}
	if (recording_plays(c->tape)) {
		replay_answer(x);
		return;
	}
	if (make_wire(x, &x->err) == 0) {
		q.url = buf_cstr(&x->wire.url);
		q.place = redact_place(c->hidden, &x->request.url,
		    &x->place);
		q.headers = x->lines;
		q.body = x->wire.has_body ? x->wire.body.data : NULL;
		q.body_len = x->wire.body.len;
		q.once = !c->source->idempotent;
		if (q.url != NULL)
			x->call = http_start(c->http, &q, &x->err);
		else
			err_nomem(&x->err);
	}
	if (x->call == NULL) {
		/* Not the user's mistake: a cursor that fits in no header. */
		if (x->given && x->err.class == ERR_CONFIG)
			x->err.class = ERR_DATA;
		fail_exchange(x);
		return;
	}
	x->sent = clock_mono_ms();
	x->token = auth_token(c->auth);
	retry_sent(&x->patience, x->due, x->sent);
	rate_sent(c->rate, x->sent);
	x->state = FLYING;
}

/* The call is over; the next is sent in ${delay} ms, if --rate allows. */
static void
send_later(struct exchange *x, int64_t delay)
{

	http_end(x->client->http, x->call);
	x->call = NULL;
	x->response = NULL;
	x->due = clock_mono_ms() + delay;
	x->state = WAITING;
}

/* Try again in ${delay} ms; -1: give up. */
static void
retry_in(struct exchange *x, int64_t delay)
{

	if (delay == -1) {
		fail_exchange(x);
		return;
	}
	send_later(x, delay);
	x->client->stats->retried++;
	msg_log(MSG_INFO, "retry", "%s: trying again in %" PRId64 " ms",
	    x->err.msg, delay);
	waiting_begin(delay, " (%" PRIu32 " of %" PRIu32 "): %s",
	    x->patience.backoff.tries + 1, x->patience.backoff.max_tries,
	    x->err.msg);
}

/* Try again later if tries are left; ${asked}: the delay of the server. */
static void
retry_later(struct exchange *x, int64_t asked)
{
	int64_t delay = retry_next(&x->patience, asked);

	if (asked > 0 && delay != -1)
		x->client->stats->throttled_ms += (uint64_t)delay;
	retry_in(x, delay);
}

/* The request was one too many: wait until the next may be sent. */
static void
retry_quota(struct exchange *x)
{
	int64_t asked = quota_wait_ms(x->response, clock_micros());
	int64_t delay = retry_next_quota(&x->patience, asked);

	if (delay != -1)
		x->client->stats->throttled_ms += (uint64_t)delay;
	retry_in(x, delay);
}

/* Follow the redirect; to another origin, only the URL is sent. */
static void
follow_redirect(struct exchange *x)
{
	struct request *r = &x->request;
	struct buf to;
	bool own;

	buf_init(&to, MAX_URL);
	if (++x->redirects > MAX_REDIRECTS)
		err_set(&x->err, ERR_REFUSED, "redirected too often");
	else
		(void)response_target(x->response, buf_cstr(&r->url), &to,
		    &x->err);
	if (x->err.class != ERR_NONE || origin_check(x->client->source,
	    (const char *)to.data, &own, &x->err) == -1) {
		buf_free(&to);
		fail_exchange(x);
		return;
	}
	buf_free(&r->url);
	r->url = to;
	if (!own)
		request_strip(r);
	else if (x->status == 303)
		request_get(r);
	send_later(x, 0);
}

/*
 * A page has arrived.  Only the one that is needed next is parsed: its parsed
 * form may be larger than the body.
 */
static void
parse_page(struct exchange *x)
{
	const struct source *s = x->client->source;
	struct page_spec spec = s->page;

	spec.bare_ok = x->client->lists;
	assert(x->state == LANDED && x->response != NULL);
	page_take_scanner(&x->page, &x->client->spare);
	if (response_page(x->response, &spec, &x->page, &x->err) == 0) {
		x->state = DONE;
		return;
	}
	if (response_cut(&x->page, &x->err) && s->idempotent &&
	    ++x->unparsed < PARSE_TRIES)
		retry_later(x, 0);
	else
		fail_exchange(x);
}

/* Copy the response of the call, so that its body can be replaced. */
static int
keep_answer(struct exchange *x)
{

	if (x->response == &x->answer)
		return (0);
	recording_answer_free(&x->answer);
	if (response_copy(x->response, &x->answer, &x->err) == -1)
		return (-1);
	http_end(x->client->http, x->call); /* and its body */
	x->call = NULL;
	x->response = &x->answer;
	return (0);
}

/*
 * Convert the body to UTF-8, for rules, records and messages.  An error that
 * cannot be read is still an error, by its status.
 */
static int
decode_body(struct exchange *x)
{
	struct exchange_client *c = x->client;
	enum charset forced = c->source->page.charset;
	struct err why = { .class = ERR_NONE };
	bool mislabelled;

	if (c->source->file != NULL || !decode_needed(x->response, forced))
		return (0);
	if (keep_answer(x) == -1)
		return (-1);
	if (decode_answer(&x->answer, forced, c->max_body, &mislabelled,
	    &why) == -1) {
		if (why.class == ERR_DATA && (x->response->status < 200 ||
		    x->response->status > 299))
			return (0);
		if (strcmp(why.code, "bad_gzip") == 0)
			why.class = ERR_TEMP; /* it may be cut off */
		x->err = why;
		return (-1);
	}
	if (mislabelled && !c->mislabelled) {
		c->mislabelled = true;
		msg_log(MSG_WARNING, "charset", "the API says another "
		    "charset, and sends UTF-8: taken for UTF-8 (--charset, "
		    "if it is not)");
	}
	return (0);
}

/*
 * Is it a 404 that may come from a proxy whose API is away for a moment?  If
 * it counted as the end at once, everything after it would be lost.
 */
static bool
is_stray(const struct exchange *x)
{

	return (x->later && x->status == 404 && x->client->source->idempotent &&
	    !response_plausible(x->response));
}

/* Handle the response as ${verdict} says. */
static void
apply_verdict(struct exchange *x, enum verdict verdict)
{

	switch (verdict) {
	case VERDICT_PAGE:
		x->state = LANDED;
		break;
	case VERDICT_EMPTY:
		page_empty(&x->page);
		x->state = DONE;
		break;
	case VERDICT_REDIRECT:
		follow_redirect(x);
		break;
	case VERDICT_RETRY:
		retry_later(x, x->response->retry_after_ms);
		break;
	case VERDICT_QUOTA:
		retry_quota(x);
		break;
	case VERDICT_FAIL:
		if (is_stray(x) && ++x->unparsed < PARSE_TRIES)
			retry_later(x, 0);
		else
			fail_exchange(x);
		break;
	}
}

/* A response has arrived: decide what to do. */
static void
handle_response(struct exchange *x)
{
	struct exchange_client *c = x->client;

	assert(x->response != NULL);
	x->status = x->response->status;
	if (decode_body(x) == -1) {
		if (x->err.class == ERR_TEMP && c->source->idempotent)
			retry_later(x, 0);
		else
			fail_exchange(x);
	} else if (x->status == 401 && auth_refused(c->auth, x->token)) {
		send_later(x, 0);
	} else {
		if (x->status != 401)
			auth_worked(c->auth, x->token);
		apply_verdict(x, verdict_find(c->source, x->response,
		    c->http != NULL && http_asked(c->http), &x->err));
	}
}

/* A call has ended: count it, and show it with -v. */
static void
show_call(struct exchange *x)
{
	const char *url = buf_cstr(&x->request.url);
	const struct trace t = { .hidden = x->client->hidden,
		.metrics = x->client->metrics, .method = x->request.method,
		.url = url == NULL ? "?" : url, .headers = x->lines,
		.answer = x->response, .why = &x->err,
		.ms = clock_mono_ms() - x->sent };

	trace_call(&t);
}

/* A call has ended, with a response or without. */
static void
finish_call(struct exchange *x)
{
	struct exchange_client *c = x->client;

	x->response = http_result(x->call, &x->err);
	show_call(x);
	x->status = 0;
	c->answered = c->answered || x->response != NULL;
	if (x->response != NULL) {
		c->stats->bytes_in += x->response->received;
		if (x->wire.own)
			cookies_take(c->jar, x->response, (const char *)
			    x->wire.url.data);
		if (recording_records(c->tape) &&
		    !response_unframed(x->response, &c->source->page) &&
		    recording_record(c->tape, &x->request, (const char *)
		    x->shown.url.data, x->response, &x->err) == -1)
			fail_exchange(x);
		else
			x->state = ANSWERED;
	} else if (http_unresolved(x->call) && !c->answered &&
	    !c->retry.given && x->patience.backoff.tries > 0) {
		fail_exchange(x); /* this host may never exist */
	} else if (x->err.class == ERR_TEMP &&
	    (c->source->idempotent || !http_sent(x->call))) {
		retry_later(x, 0);
	} else {
		fail_exchange(x);
	}
}

/* May a request be sent now?  If not, note in ${wait} when. */
static bool
may_send(struct exchange *x, int64_t *wait)
{
	int64_t now = clock_mono_ms(), w = x->due > now ? x->due - now :
	    rate_wait(x->client->rate, now);

	if (w > 0 && (*wait < 0 || w < *wait))
		*wait = w;
	return (w <= 0);
}

/* Advance ${x} as far as possible without waiting. */
static void
advance_exchange(struct exchange *x, int64_t *wait)
{

	for (;;) {
		switch (x->state) {
		case WAITING:
			if (!may_send(x, wait))
				return;
			send_exchange(x);
			break;
		case FLYING:
			if (!http_ended(x->call))
				return;
			finish_call(x);
			break;
		case ANSWERED:
			handle_response(x);
			break;
		case LANDED: /* parsed when its turn comes */
		case DONE:
		case FAILED:
			return;
		}
	}
}

/* Do what is due; return the milliseconds until the next; -1: unknown. */
static int64_t
step_exchanges(struct exchange_client *c)
{
	int64_t wait = -1;
	struct exchange *x;

	for (x = c->list; x != NULL; x = x->next)
		advance_exchange(x, &wait);
	return (wait);
}

/* The time since ${c}->left was spent by our reader, not the server. */
static void
resume_clocks(struct exchange_client *c)
{
	int64_t now = clock_mono_ms();
	struct exchange *x;

	for (x = c->list; c->left != 0 && x != NULL; x = x->next)
		retry_stood(&x->patience, c->left, x->state == WAITING &&
		    x->due < now ? x->due : now); /* it counts from when due */
}

/* Is another under way with the token refused for ${x}, or an older one? */
static bool
has_peer(const struct exchange *x)
{
	const struct exchange *other;

	for (other = x->client->list; other != NULL; other = other->next)
		if (other->state == FLYING && other->token <= x->token)
			return (true);
	return (false);
}

/*
 * Was it refused only for lack of a session?  1: a page before it has since
 * brought one, or its token, which has worked, is used up; -1: requests under
 * way may still show that the token works; else 0.
 */
static int
came_untimely(const struct exchange *x)
{
	const struct exchange_client *c = x->client;

	if (x->welcomed || (x->status != 401 && x->status != 403))
		return (0);
	if (x->cookies != cookies_changes(c->jar))
		return (1);
	if (x->status != 401 || !auth_expires(c->auth))
		return (0);
	return (auth_has_worked(c->auth, x->token) ? 1 : has_peer(x) ? -1 : 0);
}

static int
await_exchange(struct exchange *x, struct err *e)
{
	int64_t wait;
	int again;

	for (;;) {
		wait = step_exchanges(x->client);
		if (x->state == LANDED)
			parse_page(x);
		if (x->state == DONE)
			return (0);
		again = x->state == FAILED ? came_untimely(x) : 0;
		if (again == 1) {
			x->welcomed = true;
			x->explained = false;
			send_later(x, 0);
			continue;
		}
		if (x->state == FAILED && again == 0) {
			*e = x->err;
			return (-1);
		}
		if (x->state == WAITING)
			(void)may_send(x, &wait); /* the page is cut off */
		if (waiting_step() && (wait < 0 || wait > LOOK_MS))
			wait = LOOK_MS;
		if (http_wait(x->client->http, NULL, wait, e) == -1)
			return (-1);
	}
}

int
exchange_wait(struct exchange *x, struct err *e)
{
	int rc;

	resume_clocks(x->client);
	waiting_enter(0, "the API to answer");
	rc = await_exchange(x, e);
	waiting_leave();
	x->client->left = clock_mono_ms();
	return (rc);
}

int
exchange_kick(struct exchange_client *c, struct err *e)
{
	int rc;

	resume_clocks(c);
	do
		(void)step_exchanges(c);
	while ((rc = http_wait(c->http, NULL, 0, e)) == 1);
	c->left = clock_mono_ms();
	return (rc);
}

int
exchange_status(const struct exchange *x)
{

	return (x->status);
}

struct page *
exchange_page(struct exchange *x)
{

	assert(x->state == DONE);
	return (&x->page);
}

const struct http_response *
exchange_response(const struct exchange *x)
{

	return (x->response);
}

const char *
exchange_url(struct exchange *x)
{

	return (buf_cstr(&x->request.url));
}
