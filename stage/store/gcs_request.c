/* SPDX-License-Identifier: Apache-2.0 */
#include "gcs_request.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/backoff.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/percent.h"
#include "lib/base/sig.h"
#include "lib/google/api_error.h"
#include "lib/google/cred.h"
#include "lib/http/http.h"
#include "lib/json/jsonw.h"
#include "lib/report/metrics.h"
#include "lib/report/msg.h"
#include "lib/report/waiting.h"
#include "store.h"

#define MAX_URL    ((size_t)16 << 10)
#define MAX_HEADER ((size_t)16 << 10)
#define BASE_MS    500
#define CAP_MS     32000
#define SLICE_MS   250
#define MAX_HEADERS 6 /* 3 from the caller, 3 of ours */

void
gcs_request_init(struct gcs_request *r, const struct gcs_request_peer *p,
    const char *method, const char *path, const char *name)
{

	memset(r, 0, sizeof(*r));
	r->method = method;
	buf_init(&r->url, MAX_URL);
	buf_puts(&r->url, p->base);
	buf_puts(&r->url, path);
	buf_puts(&r->url, "/b/");
	buf_puts(&r->url, p->bucket);
	buf_puts(&r->url, "/o");
	if (name != NULL) {
		buf_putc(&r->url, '/');
		percent_encode(&r->url, name, strlen(name));
	}
	buf_putc(&r->url, '?');
	gcs_request_param(r, "userProject", p->conf->user_project);
}

void
gcs_request_init_url(struct gcs_request *r, const char *method, const char *url)
{

	memset(r, 0, sizeof(*r));
	r->method = method;
	buf_init(&r->url, MAX_URL);
	buf_puts(&r->url, url);
}

void
gcs_request_fini(struct gcs_request *r, const struct gcs_request_peer *p)
{

	http_end(p->http, r->call);
	r->call = NULL;
	buf_free(&r->url);
}

void
gcs_request_param(struct gcs_request *r, const char *key, const char *value)
{

	if (value == NULL)
		return;
	if (r->url.len > 0 && r->url.data[r->url.len - 1] != '?')
		buf_putc(&r->url, '&');
	buf_puts(&r->url, key);
	buf_putc(&r->url, '=');
	percent_encode(&r->url, value, strlen(value));
}

void
gcs_request_param_u64(struct gcs_request *r, const char *key, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, v);
	gcs_request_param(r, key, text);
}

/* Make the Authorization header; "" for an emulator. */
static int
add_authorization(const struct gcs_request_peer *p, struct buf *b,
    struct err *e)
{
	const char *token;

	if (p->cred == NULL)
		return (0);
	if ((token = cred_token(p->cred, e)) == NULL)
		return (-1);
	buf_puts(b, "Authorization: Bearer ");
	if (buf_puts(b, token) == -1)
		return (err_set(e, ERR_CONFIG, "an access token of over 16 "
		    "KiB"));
	return (0);
}

/*
 * For -v: log a request and its response, with -vv also their headers.  The
 * query may contain the right to write an object, as in the URL of an upload.
 */
static void
show_gcs_request(const struct http_request *q, const struct http_response *a,
    const char *code, int64_t ms)
{
	static const char hidden[] = "Authorization: ***";
	const char *p, *end, *nl;
	size_t i, n;

	if (!msg_wants(MSG_INFO))
		return;
	msg_trace(MSG_INFO, "request", "%s %.*s: HTTP %s, %" PRId64 " ms",
	    q->method, (int)strcspn(q->url, "?"), q->url, code, ms);
	for (i = 0; q->headers[i] != NULL; i++)
		msg_trace(MSG_DEBUG, "header", "> %s", strncasecmp(
		    q->headers[i], hidden, sizeof(hidden) - 4) == 0 ?
		    hidden : q->headers[i]);
	if (a == NULL || a->headers.len == 0)
		return;
	p = (const char *)a->headers.data;
	end = p + a->headers.len;
	for (; p < end; p += n + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		n = (size_t)((nl == NULL ? end : nl) - p);
		msg_trace(MSG_DEBUG, "header", "< %.*s", strncmp(p,
		    "location:", 9) == 0 ? 9 : (int)n, p);
	}
}

/* One attempt, counted. */
static const struct http_response *
perform_counted(struct gcs_request *r, const struct gcs_request_peer *p,
    const struct http_request *q, struct err *e)
{
	const struct http_response *a;
	int64_t begun = clock_mono_ms();
	char code[16] = "none";

	waiting_enter(0, "Cloud Storage to answer %s", q->method);
	a = http_perform(p->http, q, &r->call, e);
	waiting_leave();
	if (a != NULL)
		snprintf(code, sizeof(code), "%d", a->status);
	metrics_request(p->conf->metrics, code,
	    (double)(clock_mono_ms() - begun) / 1000);
	show_gcs_request(q, a, code, clock_mono_ms() - begun);
	return (a);
}

const struct http_response *
gcs_request_once(struct gcs_request *r, const struct gcs_request_peer *p,
    struct err *e)
{
	const char *headers[MAX_HEADERS + 1], *quota;
	const struct http_response *a = NULL;
	struct http_request q = { .method = r->method, .body = r->body,
		.body_len = r->body_len, .sink = r->sink,
		.sink_arg = r->sink_arg, .headers = headers };
	struct buf auth, project;
	size_t n = 0, i;

	http_end(p->http, r->call);
	r->call = NULL;
	buf_init_secret(&auth, MAX_HEADER);
	buf_init(&project, 1024);
	for (i = 0; r->header[i] != NULL; i++)
		headers[n++] = r->header[i];
	headers[n++] = "Accept-Encoding: identity";
	if (add_authorization(p, &auth, e) == -1)
		goto done;
	if (auth.len > 0)
		headers[n++] = buf_cstr(&auth);
	quota = p->cred == NULL ? NULL : cred_quota_project(p->cred);
	if (quota != NULL) {
		buf_puts(&project, "x-goog-user-project: ");
		buf_puts(&project, quota);
		headers[n++] = buf_cstr(&project);
	}
	assert(n <= MAX_HEADERS);
	headers[n] = NULL;
	if ((q.url = buf_cstr(&r->url)) == NULL || auth.failed ||
	    project.failed)
		err_set(e, ERR_CONFIG, "a URL or header is too long");
	else
		a = perform_counted(r, p, &q, e);

done:
	buf_free(&auth);
	buf_free(&project);
	return (a);
}

void
gcs_request_backoff(struct backoff *b, const struct gcs_request_peer *p)
{

	backoff_init(b, BASE_MS, CAP_MS, p->conf->retry_ms == 0 ? 1 : 1000,
	    p->conf->retry_ms);
}

int
gcs_request_pause(struct backoff *b, int64_t at_least_ms,
    const struct gcs_request_peer *p, const struct err *why, struct err *e)
{
	int64_t ms = backoff_next(b, at_least_ms);

	if (ms == -1)
		return (-1);
	(*p->conf->retried)++;
	if (at_least_ms > 0)
		*p->conf->throttled_ms += (uint64_t)ms;
	msg_log(b->tries == BACKOFF_WARN_TRIES ? MSG_WARNING : MSG_INFO, "retry",
	    "%s; trying again in %" PRId64 " ms", why->msg, ms);
	waiting_begin(ms, " (try %" PRIu32 "): %s", b->tries + 1, why->msg);
	for (; ms > 0 && !http_cancelled(p->http); ms -= SLICE_MS) {
		clock_sleep_ms(ms < SLICE_MS ? ms : SLICE_MS);
		(void)waiting_step();
	}
	if (http_cancelled(p->http))
		return (err_set(e, ERR_IO, "cancelled"));
	return (sig_check(e));
}

const struct http_response *
gcs_request_send(struct gcs_request *r, const struct gcs_request_peer *p,
    struct err *e)
{
	const struct http_response *a;
	struct backoff b;
	struct err try;
	bool renewed = false;

	gcs_request_backoff(&b, p);
	for (;;) {
		memset(&try, 0, sizeof(try));
		a = gcs_request_once(r, p, &try);
		if (a != NULL && a->status == 401 &&
		    cred_refused(p->cred, &renewed))
			continue;
		if (a != NULL && !http_retryable(a->status))
			return (a);
		if (a != NULL)
			gcs_request_failed(a, &try);
		if (try.class != ERR_TEMP || gcs_request_pause(&b,
		    a == NULL ? 0 : a->retry_after_ms, p, &try, e) == -1)
			break;
	}
	if (e->class == ERR_NONE)
		*e = try;
	return (NULL);
}

int
gcs_request_failed(const struct http_response *a, struct err *e)
{
	enum err_class class = http_class(a->status);
	char why[API_ERROR_MAX], code[16];

	if (a->status == 404 || a->status == 400)
		class = ERR_CONFIG;
	api_error(a, why);
	snprintf(code, sizeof(code), "http_%d", a->status);
	return (err_set_code(e, class, code, "HTTP %d%s", a->status, why));
}
