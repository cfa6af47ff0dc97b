/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/msg.h"
#include "source.h"
#include "url.h"

#define MAX_URL (64U * 1024)
#define MAX_HEADERS 64
#define MAX_REDIRECTS 5
#define PARSE_TRIES 3 /* a body that is no JSON may have been cut off */

enum state { WAITING, FLYING, DONE, FAILED };

struct exchange {
	struct exchange_client *client;
	struct exchange *next, **link;
	enum state state;
	int64_t due; /* WAITING: when to send, on clock_mono_ms */
	struct backoff backoff;
	unsigned redirects, unparsed;
	struct buf url;
	struct buf head; /* header lines, NUL between them */
	const char *lines[MAX_HEADERS + 1];
	struct http_call *call;
	const struct http_response *response;
	int status;
	struct page page;
	struct err err;
};

struct exchange *
exchange_new(struct exchange_client *c, const char *url, struct err *e)
{
	const struct exchange_retry *r = &c->retry;
	struct exchange *x;

	x = calloc(1, sizeof(*x));
	if (x == NULL) {
		err_nomem(e);
		return (NULL);
	}
	x->client = c;
	x->next = c->list;
	x->link = &c->list;
	if (x->next != NULL)
		x->next->link = &x->next;
	c->list = x;
	buf_init(&x->url, MAX_URL);
	buf_init(&x->head, MAX_URL);
	page_init(&x->page);
	backoff_init(&x->backoff, (uint32_t)r->base_ms, (uint32_t)r->cap_ms,
	    (uint32_t)r->tries, r->total_ms);
	if (buf_puts(&x->url, url)) {
		exchange_free(x);
		err_set(e, ERR_CONFIG, "the URL is too long");
		return (NULL);
	}
	return (x);
}

void
exchange_free(struct exchange *x)
{

	if (x == NULL)
		return;
	*x->link = x->next;
	if (x->next != NULL)
		x->next->link = x->link;
	http_end(x->client->http, x->call);
	page_free(&x->page);
	buf_free(&x->url);
	buf_free(&x->head);
	free(x);
}

/* Add a header line unless the source has one of that name. */
static int
add_line(struct exchange *x, size_t *n, const char *name, const char *value)
{

	if (*n == MAX_HEADERS)
		return (-1);
	(*n)++;
	(void)buf_printf(&x->head, "%s: %s", name, value);
	return (buf_append(&x->head, "", 1));
}

static int
make_headers(struct exchange *x, struct err *e)
{
	const struct source_pairs *h = &x->client->source->headers;
	const char *p;
	size_t i, n = 0;
	bool accept = false;

	buf_reset(&x->head);
	for (i = 0; i < h->n; i++) {
		accept |= strcasecmp(h->item[i].name, "accept") == 0;
		if (add_line(x, &n, h->item[i].name, h->item[i].value))
			break;
	}
	if (i < h->n || (!accept && add_line(x, &n, "Accept",
	    "application/json, application/x-ndjson;q=0.9, */*;q=0.1")))
		return (err_set(e, ERR_CONFIG, "too many headers"));
	p = (const char *)x->head.data;
	for (i = 0; i < n; i++, p += strlen(p) + 1)
		x->lines[i] = p;
	x->lines[n] = NULL;
	return (0);
}

static void
failed(struct exchange *x)
{

	http_end(x->client->http, x->call);
	x->call = NULL;
	x->response = NULL;
	x->state = FAILED;
}

static void
send_request(struct exchange *x)
{
	struct http_request q = { .method = x->client->source->method };

	err_clear(&x->err);
	q.url = buf_cstr(&x->url);
	q.headers = x->lines;
	if (q.url == NULL)
		err_nomem(&x->err);
	else if (make_headers(x, &x->err) == 0)
		x->call = http_start(x->client->http, &q, &x->err);
	if (x->call == NULL)
		failed(x);
	else
		x->state = FLYING;
}

/* Try again later if tries are left; ${asked}: what the server asked for. */
static void
again(struct exchange *x, int64_t asked)
{
	struct exchange_client *c = x->client;
	int64_t most = (int64_t)c->retry.wait_ms, delay;
	const char *url = x->err.msg;

	delay = backoff_next(&x->backoff, asked > most ? most : asked);
	if (delay < 0) {
		failed(x);
		return;
	}
	http_end(c->http, x->call);
	x->call = NULL;
	x->response = NULL;
	x->due = clock_mono_ms() + delay;
	x->state = WAITING;
	c->stats->retried++;
	msg_log(MSG_INFO, "retry", "%s: trying again in %" PRId64 " ms", url,
	    delay);
}

/* Go where the server points, if that is the same place. */
static void
redirect(struct exchange *x)
{
	struct buf to;
	char where[8192];
	const char *from = buf_cstr(&x->url);

	buf_init(&to, MAX_URL);
	if (from == NULL) {
		err_nomem(&x->err);
	} else if (++x->redirects > MAX_REDIRECTS) {
		err_set(&x->err, ERR_REFUSED, "redirected too often");
	} else if (!http_header(x->response, "location", where,
	    sizeof(where))) {
		err_set(&x->err, ERR_REFUSED, "HTTP %d without a Location",
		    x->status);
	} else if (url_resolve(from, where, strlen(where), &to, &x->err)) {
		err_prefix(&x->err, "redirect");
	} else if (!url_same_origin(from, buf_cstr(&to))) {
		err_set(&x->err, ERR_REFUSED, "redirected to another origin");
		err_code(&x->err, "cross_origin");
	}
	if (x->err.class != ERR_NONE) {
		buf_free(&to);
		failed(x);
		return;
	}
	http_end(x->client->http, x->call);
	x->call = NULL;
	buf_free(&x->url);
	x->url = to;
	send_request(x);
}

static bool
is_redirect(int status)
{

	return (status == 301 || status == 302 || status == 303 ||
	    status == 307 || status == 308);
}

/* Does the answer say that it is lines of JSON? */
static bool
says_ndjson(const struct http_response *r)
{
	static const char *const types[] = { "application/x-ndjson",
		"application/ndjson", "application/jsonl",
		"application/x-jsonl", "application/jsonlines",
		"application/x-jsonlines", "application/json-lines",
		"application/stream+json", "application/x-json-stream", NULL };
	const char *const *t;
	char v[128];

	if (!http_header(r, "content-type", v, sizeof(v)))
		return (false);
	v[strcspn(v, "; \t")] = '\0';
	for (t = types; *t != NULL; t++)
		if (strcasecmp(v, *t) == 0)
			return (true);
	return (false);
}

static void
parse(struct exchange *x)
{
	const struct http_response *r = x->response;
	const struct source *s = x->client->source;

	if (page_parse(&x->page, &s->page, r->body.data, r->body.len,
	    says_ndjson(r), &x->err) == 0) {
		x->state = DONE;
		return;
	}
	if ((strcmp(x->err.code, "bad_json") == 0 ||
	    strcmp(x->err.code, "bad_utf8") == 0) &&
	    ++x->unparsed < PARSE_TRIES)
		again(x, 0);
	else
		failed(x);
}

/* A call has ended: what now? */
static void
landed(struct exchange *x)
{
	struct exchange_client *c = x->client;
	const struct http_response *r;

	r = x->response = http_result(x->call, &x->err);
	x->status = r == NULL ? 0 : r->status;
	if (r == NULL) {
		if (x->err.class == ERR_TEMP)
			again(x, 0);
		else
			failed(x);
		return;
	}
	c->stats->bytes_in += r->received;
	if (is_redirect(r->status)) {
		redirect(x);
	} else if (r->status >= 200 && r->status <= 299) {
		parse(x);
	} else {
		err_set(&x->err, (enum err_class)http_class(r->status),
		    "HTTP %d", r->status);
		if (http_retryable(r->status))
			again(x, r->retry_after_ms);
		else
			failed(x);
	}
}

/* Do what is due; return the milliseconds until more is, -1: unknown. */
static int64_t
step(struct exchange_client *c, struct err *e)
{
	int64_t now = clock_mono_ms(), wait = -1;
	struct exchange *x;

	for (x = c->list; x != NULL; x = x->next) {
		if (x->state == WAITING && x->due <= now)
			send_request(x);
		if (x->state == FLYING && http_wait(c->http, x->call, 0, e) > 0)
			landed(x);
		if (x->state == WAITING &&
		    (wait < 0 || x->due - now < wait))
			wait = x->due > now ? x->due - now : 0;
	}
	return (wait);
}

int
exchange_wait(struct exchange *x, struct err *e)
{
	int64_t wait;

	for (;;) {
		wait = step(x->client, e);
		if (e->class != ERR_NONE)
			return (-1);
		if (x->state == DONE)
			return (0);
		if (x->state == FAILED) {
			*e = x->err;
			return (-1);
		}
		if (http_wait(x->client->http, NULL, wait, e) < 0)
			return (-1);
	}
}

int
exchange_kick(struct exchange_client *c, struct err *e)
{

	(void)step(c, e);
	return (e->class == ERR_NONE ? 0 : -1);
}

int
exchange_status(const struct exchange *x)
{

	return (x->status);
}

const struct page *
exchange_page(const struct exchange *x)
{

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

	return (buf_cstr(&x->url));
}
