/* SPDX-License-Identifier: Apache-2.0 */
#include "trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fetch/source/redact.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/http/http.h"
#include "lib/report/metrics.h"
#include "lib/report/msg.h"

#define MAX_SHOWN ((size_t)64 << 10)

/* One header of ${n} bytes, "> Name: value" or "< name: value". */
static void
trace_header(const struct trace *t, char way, const char *line, size_t n)
{
	struct buf bare, named, shown;

	buf_init(&bare, MAX_SHOWN);
	buf_init(&named, 4 * MAX_SHOWN);
	buf_init(&shown, 16 * MAX_SHOWN);
	buf_append(&bare, line, n);
	if (buf_cstr(&bare) != NULL)
		redact_header((const char *)bare.data, &named);
	redact_mask(t->hidden, named.data, named.len, &shown);
	if (buf_cstr(&shown) != NULL)
		msg_trace(MSG_DEBUG, "header", "%c %s", way,
		    (const char *)shown.data);
	buf_free(&bare);
	buf_free(&named);
	buf_free(&shown);
}

static void
trace_headers(const struct trace *t)
{
	const char *p, *end;
	size_t i, n;

	for (i = 0; t->headers != NULL && t->headers[i] != NULL; i++)
		trace_header(t, '>', t->headers[i], strlen(t->headers[i]));
	if (t->answer == NULL || t->answer->headers.len == 0)
		return;
	p = (const char *)t->answer->headers.data;
	end = p + t->answer->headers.len;
	for (; p < end; p += n + 1) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		n = (size_t)((nl == NULL ? end : nl) - p);
		trace_header(t, '<', p, n);
	}
}

/* Count it in the metrics, by its status. */
static void
count_request(const struct trace *t)
{
	char code[16] = "none";

	if (t->answer != NULL)
		snprintf(code, sizeof(code), "%d", t->answer->status);
	metrics_request(t->metrics, code, t->answer != NULL ?
	    t->answer->seconds : (double)t->ms / 1000);
}

void
trace_call(const struct trace *t)
{
	struct buf url, shown;

	count_request(t);
	if (!msg_wants(MSG_INFO))
		return;
	buf_init(&url, MAX_SHOWN);
	buf_init(&shown, 4 * MAX_SHOWN);
	redact_url(t->url, &url);
	redact_mask(t->hidden, url.data, url.len, &shown);
	if (buf_cstr(&shown) == NULL)
		buf_puts(&shown, "?");
	if (t->answer != NULL)
		msg_trace(MSG_INFO, "request", "%s %.1500s: HTTP %d, %" PRId64
		    " ms, %" PRIu64 " bytes", t->method,
		    (const char *)shown.data, t->answer->status, t->ms,
		    t->answer->received);
	else
		msg_trace(MSG_INFO, "request", "%s %.1500s: no answer, %" PRId64
		    " ms: %s", t->method, (const char *)shown.data, t->ms,
		    t->why->msg);
	if (msg_wants(MSG_DEBUG))
		trace_headers(t);
	buf_free(&url);
	buf_free(&shown);
}
