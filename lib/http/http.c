/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "http_call.h"
#include "http_memory.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/gzip.h"
#include "lib/base/sig.h"
#include "tls.h"

#define KEEP_BODY (4U << 20)     /* a larger buffer is not reused */
#define TICK_MS 250              /* time between checks of time limits */
#define IDLE_MS 60000            /* the longest single sleep */

struct http {
	struct http_conf conf;
	CURLM *multi;
	struct http_call *calls;
	struct http_call *idle; /* for reuse, linked by next */
	unsigned active;        /* calls that have not ended */
	unsigned fresh;         /* calls that have ended, not returned yet */
	bool due;               /* a call waits for libcurl to begin it */
	int64_t driven;         /* ms spent inside http_wait ... */
	int64_t entered;        /* ... and since here; -1: outside of it */
	atomic_bool cancelled;
	enum tls_asked asked;   /* for a client certificate, by a server */
	struct tls tls;         /* ours */
};

/* The clock of the calls, which stops outside of http_wait. */
static int64_t
measure_driven(const struct http *h)
{

	if (h->entered < 0)
		return (h->driven);
	return (h->driven + clock_mono_ms() - h->entered);
}

const char *
http_libraries(void)
{

	return (curl_version());
}

void
http_conf_default(struct http_conf *c)
{

	memset(c, 0, sizeof(*c));
	c->connect_ms = 10000;
	c->first_byte_ms = 60000;
	c->total_ms = 600000;
	c->low_speed = 1024;
	c->low_speed_s = 30;
	c->max_body = 64U << 20;
	c->max_ratio = 200;
	c->user_agent = "nf-tools/" NF_VERSION;
}

struct http *
http_new(const struct http_conf *c, struct err *e)
{
	struct http *h;

	h = calloc(1, sizeof(*h));
	if (h == NULL) {
		err_nomem(e);
		return (NULL);
	}
	if (http_memory_init() == -1) {
		free(h);
		if (http_memory_ran_out())
			err_nomem(e);
		else
			err_set(e, ERR_IO, "libcurl cannot be started");
		return (NULL);
	}
	h->conf = *c;
	h->entered = -1;
	tls_init(&h->tls, c->cert);
	h->multi = curl_multi_init();
	if (h->multi == NULL) {
		http_free(h);
		err_nomem(e);
		return (NULL);
	}
	return (h);
}

static void
free_http_call(struct http_call *c)
{

	if (c->easy != NULL)
		curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->headers);
	gzip_reader_free(c->gzip);
	buf_free(&c->unpacked);
	buf_free(&c->res.headers);
	buf_free(&c->res.body);
	free(c);
}

void
http_free(struct http *h)
{
	struct http_call *c;

	if (h == NULL)
		return;
	while (h->calls != NULL)
		http_end(h, h->calls);
	while ((c = h->idle) != NULL) {
		h->idle = c->next;
		free_http_call(c);
	}
	if (h->multi != NULL)
		curl_multi_cleanup(h->multi);
	tls_free(&h->tls);
	curl_global_cleanup();
	free(h);
}

/* A call to fill: reuse one if possible. */
static struct http_call *
take_call(struct http *h)
{
	struct http_call *c = h->idle;

	if (c != NULL) {
		h->idle = c->next;
	} else {
		c = calloc(1, sizeof(*c));
		if (c == NULL)
			return (NULL);
		c->easy = curl_easy_init();
		if (c->easy == NULL) {
			free(c);
			return (NULL);
		}
		c->conf = &h->conf;
		c->driven = &h->driven;
		c->asked = &h->asked;
		c->pkcs12 = h->tls.pkcs12;
		buf_init(&c->res.headers, HTTP_CALL_HEADERS);
		buf_init(&c->res.body, h->conf.max_body);
		buf_init(&c->unpacked, 2 * HTTP_CALL_BUFFER);
	}
	c->prev = NULL;
	c->next = h->calls;
	if (h->calls != NULL)
		h->calls->prev = c;
	h->calls = c;
	return (c);
}

struct http_call *
http_start(struct http *h, const struct http_request *req, struct err *e)
{
	struct http_call *c;

	c = take_call(h);
	if (c == NULL) {
		err_nomem(e);
		return (NULL);
	}
	c->req = *req;
	c->res.body.secret = req->secret;
	c->start = c->mark = measure_driven(h);
	c->sent = -1;
	c->ended = true; /* not active yet */
	if (http_call_setup(c, e) == -1) {
		http_end(h, c);
		return (NULL);
	}
	if (curl_multi_add_handle(h->multi, c->easy) != CURLM_OK) {
		err_nomem(e);
		http_end(h, c);
		return (NULL);
	}
	c->ended = false;
	h->active++;
	h->due = true;
	return (c);
}

static void
end_http_call(struct http *h, struct http_call *c, CURLcode code)
{
	curl_off_t v = 0, us = 0;
	long status = 0;

	c->ended = true;
	c->code = code == CURLE_OK && !http_call_whole(c) ?
	    CURLE_PARTIAL_FILE : code;
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c->easy, CURLINFO_SIZE_DOWNLOAD_T, &v);
	curl_easy_getinfo(c->easy, CURLINFO_TOTAL_TIME_T, &us);
	c->res.status = (int)status;
	c->res.received = (uint64_t)v;
	c->res.seconds = (double)us / 1e6;
	assert(c->ended && h->active > 0);
	curl_multi_remove_handle(h->multi, c->easy);
	h->active--;
	h->fresh++;
}

/* End a call that took too long. */
static void
fail_late_call(struct http *h, struct http_call *c, const char *what)
{

	err_set_code(&c->err, ERR_TEMP, "timeout", "%s: timed out: %s",
	    c->place, what);
	end_http_call(h, c, CURLE_OPERATION_TIMEDOUT);
}

/* Check the time limits of an active call. */
static void
check_limits(struct http *h, struct http_call *c, int64_t now)
{
	const struct http_conf *f = &h->conf;
	curl_off_t pre = 0, up = 0, down = 0;
	int64_t window = (int64_t)f->low_speed_s * 1000;

	curl_easy_getinfo(c->easy, CURLINFO_PRETRANSFER_TIME_T, &pre);
	curl_easy_getinfo(c->easy, CURLINFO_SIZE_UPLOAD_T, &up);
	curl_easy_getinfo(c->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
	if (f->total_ms > 0 && now - c->start > (int64_t)f->total_ms) {
		fail_late_call(h, c, "the answer took too long");
		return;
	}
	if (pre == 0) { /* not connected yet: libcurl's own limit */
		c->mark = now;
		return;
	}
	if (c->sent < 0 && (c->answered || up >= (curl_off_t)c->req.body_len))
		c->sent = c->mark = now;
	if (c->sent >= 0 && !c->answered) { /* waiting for the response */
		c->mark = now;
		if (f->first_byte_ms > 0 &&
		    now - c->sent > (int64_t)f->first_byte_ms)
			fail_late_call(h, c, "no answer came");
		return;
	}
	if (window == 0 || now - c->mark < window)
		return;
	if (up + down - c->mark_bytes <
	    (curl_off_t)f->low_speed * f->low_speed_s) {
		fail_late_call(h, c, "the transfer is too slow");
		return;
	}
	c->mark = now;
	c->mark_bytes = up + down;
}

/* Let libcurl work, and find the calls that have ended. */
static void
drive_calls(struct http *h)
{
	struct http_call *c, *next;
	CURLMsg *m;
	int64_t now;
	char *p;
	int n;

	h->due = false;
	curl_multi_perform(h->multi, &n);
	while ((m = curl_multi_info_read(h->multi, &n)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &p);
		end_http_call(h, (struct http_call *)(void *)p, m->data.result);
	}
	now = measure_driven(h);
	for (c = h->calls; c != NULL; c = next) {
		next = c->next;
		if (!c->ended)
			check_limits(h, c, now);
	}
}

/* Has the event that http_wait waits for happened? */
static bool
is_satisfied(struct http *h, const struct http_call *call)
{

	if (call != NULL)
		return (call->ended);
	if (h->fresh == 0)
		return (false);
	h->fresh = 0;
	return (true);
}

/*
 * Drive the calls at once if there is news for libcurl or no time to wait;
 * else once libcurl has something to do, which a look at the sockets shows.
 */
static int
wait_until(struct http *h, struct http_call *call, int64_t timeout_ms,
    struct err *e)
{
	bool drive = h->due || timeout_ms == 0;
	struct curl_waitfd sig = { .fd = sig_fd(), .events = CURL_WAIT_POLLIN };
	int64_t end = timeout_ms < 0 ? INT64_MAX :
	    clock_mono_ms() + timeout_ms;
	int64_t left;

	for (;; drive = true) {
		if (sig_check(e) == -1)
			return (-1);
		if (http_cancelled(h))
			return (err_set(e, ERR_IO, "cancelled"));
		if (drive)
			drive_calls(h);
		if (http_memory_ran_out())
			return (err_nomem(e));
		if (is_satisfied(h, call))
			return (1);
		left = end - clock_mono_ms();
		if (left <= 0)
			return (0);
		if (left > (h->active > 0 ? TICK_MS : IDLE_MS))
			left = h->active > 0 ? TICK_MS : IDLE_MS;
		curl_multi_poll(h->multi, &sig, sig.fd >= 0 ? 1 : 0,
		    (int)left, NULL);
	}
}

int
http_wait(struct http *h, struct http_call *call, int64_t timeout_ms,
    struct err *e)
{
	int rc;

	if (is_satisfied(h, call))
		return (1);
	if (h->active == 0 && timeout_ms <= 0)
		return (0);
	assert(h->entered == -1); /* only one thread, and not in a sink */
	h->entered = clock_mono_ms();
	rc = wait_until(h, call, timeout_ms, e);
	h->driven = measure_driven(h);
	h->entered = -1;
	return (rc);
}

void
http_cancel(struct http *h)
{

	atomic_store(&h->cancelled, true);
	curl_multi_wakeup(h->multi);
}

bool
http_cancelled(struct http *h)
{

	return (atomic_load(&h->cancelled));
}

const struct http_response *
http_result(struct http_call *call, struct err *e)
{

	assert(call->ended);
	if (call->code != CURLE_OK) {
		http_call_failed(call, e);
		return (NULL);
	}
	if (buf_reserve(&call->res.body, 0) == -1) { /* for the padding */
		err_nomem(e);
		return (NULL);
	}
	http_call_answered(call);
	return (&call->res);
}

const struct http_response *
http_partial(const struct http_call *c)
{

	return (&c->res);
}

bool
http_ended(const struct http_call *call)
{

	return (call->ended);
}

bool
http_sent(const struct http_call *call)
{
	long n = 0;

	curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &n);
	return (n > 0);
}

bool
http_asked(const struct http *h)
{

	return (h->asked != TLS_UNASKED);
}

bool
http_unresolved(const struct http_call *call)
{

	return (call->code == CURLE_COULDNT_RESOLVE_HOST);
}

/* Prepare a call for its next use. */
static void
clear_call(struct http_call *c)
{

	if (!c->plain) /* else they are those of the next call, most likely */
		curl_easy_reset(c->easy);
	curl_slist_free_all(c->headers);
	c->headers = NULL;
	buf_reset(&c->res.headers);
	buf_reset(&c->res.body);
	if (c->res.body.cap > KEEP_BODY)
		buf_free(&c->res.body);
	c->res.status = 0;
	err_clear(&c->err);
	c->decoded = 0;
	c->header_bytes = 0;
	c->mark_bytes = 0;
	gzip_reader_free(c->gzip);
	c->gzip = NULL;
	c->answered = c->in_body = c->any_body = false;
	c->code = CURLE_OK;
}

void
http_end(struct http *h, struct http_call *call)
{

	if (call == NULL)
		return;
	if (!call->ended) {
		curl_multi_remove_handle(h->multi, call->easy);
		h->active--;
	}
	if (call->prev != NULL)
		call->prev->next = call->next;
	else
		h->calls = call->next;
	assert(call->next == NULL || call->next->prev == call);
	if (call->next != NULL)
		call->next->prev = call->prev;
	if (call->req.secret) /* not kept for the next call */
		buf_free(&call->res.body);
	clear_call(call);
	call->next = h->idle;
	h->idle = call;
}

const struct http_response *
http_perform(struct http *h, const struct http_request *req,
    struct http_call **call, struct err *e)
{

	*call = http_start(h, req, e);
	if (*call == NULL || http_wait(h, *call, -1, e) == -1)
		return (NULL);
	return (http_result(*call, e));
}

int
http_header(const struct http_response *r, const char *name, char *value,
    size_t size)
{
	const char *p = (const char *)r->headers.data, *end, *nl;
	size_t n = strlen(name), len;

	value[0] = '\0';
	if (p == NULL)
		return (0);
	for (end = p + r->headers.len; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			break;
		if ((size_t)(nl - p) < n + 2 || memcmp(p, name, n) != 0 ||
		    p[n] != ':')
			continue;
		len = (size_t)(nl - p) - n - 2;
		if (len >= size)
			return (-1);
		memcpy(value, p + n + 2, len);
		value[len] = '\0';
		return (1);
	}
	return (0);
}

bool
http_retryable(int status)
{

	return (status == 408 || status == 425 || status == 429 ||
	    (status >= 500 && status <= 599 && status != 501 &&
	    status != 505));
}

enum err_class
http_class(int status)
{

	if (status == 401 || status == 403)
		return (ERR_PERM);
	return (http_retryable(status) ? ERR_TEMP : ERR_REFUSED);
}
