/* SPDX-License-Identifier: Apache-2.0 */
#include "recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fetch/source/redact.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/number.h"
#include "lib/base/sha256.h"
#include "lib/http/http.h"
#include "request.h"

#define MAX_FILE ((size_t)1100 << 20)
#define MAX_HEAD (256U * 1024)

struct recording {
	const char *dir;
	bool play;
	const struct redact *hidden;
	struct sha256 *hash;
};

struct recording *
recording_open(const char *dir, bool play, const struct redact *hidden,
    struct err *e)
{
	struct recording *t = calloc(1, sizeof(*t));
	struct stat st;

	if (t == NULL || (t->hash = sha256_new(e)) == NULL) {
		recording_close(t);
		err_nomem(e);
		return (NULL);
	}
	t->dir = dir;
	t->play = play;
	t->hidden = hidden;
	if (!play && mkdir(dir, 0700) == -1 && errno != EEXIST)
		err_errno(e, ERR_CONFIG, "%s", dir);
	else if (stat(dir, &st) == -1 || !S_ISDIR(st.st_mode))
		err_set(e, ERR_CONFIG, "%s: not a folder", dir);
	if (e->class != ERR_NONE) {
		recording_close(t);
		return (NULL);
	}
	return (t);
}

void
recording_close(struct recording *t)
{

	if (t == NULL)
		return;
	sha256_free(t->hash);
	free(t);
}

bool
recording_plays(const struct recording *t)
{

	return (t != NULL && t->play);
}

/* The path of the file for a request. */
static int
name_recording(struct recording *t, const struct request *r, struct buf *path,
    struct err *e)
{
	char hex[SHA256_HEX];
	struct buf url;
	bool failed;

	/* A recorded next URL has its secrets masked. */
	buf_init(&url, MAX_HEAD);
	redact_mask(t->hidden, r->url.data, r->url.len, &url);
	failed = url.failed;
	sha256_update(t->hash, r->method, strlen(r->method) + 1);
	sha256_update(t->hash, url.data, url.len);
	buf_free(&url);
	sha256_update(t->hash, "", 1);
	sha256_update(t->hash, r->body.data, r->body.len);
	if (sha256_end(t->hash, hex, e) == -1)
		return (-1);
	if (failed || buf_printf(path, "%s/%.32s", t->dir, hex) == -1)
		return (err_nomem(e));
	return (0);
}

/* Append the header lines of ${r}, without credentials. */
static void
append_headers(const struct recording *t, const struct http_response *r,
    struct buf *out)
{
	const char *p = (const char *)r->headers.data, *nl;
	const char *end = p + r->headers.len;

	for (; p != NULL && p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			break;
		if (strncmp(p, "set-cookie", 10) != 0 &&
		    strncmp(p, "www-authenticate:", 17) != 0)
			redact_mask(t->hidden, p, (size_t)(nl + 1 - p), out);
	}
}

bool
recording_records(const struct recording *t)
{

	return (t != NULL && !t->play);
}

int
recording_record(struct recording *t, const struct request *request, const char
    *shown, const struct http_response *answer, struct err *e)
{
	struct buf path, text, url;
	int rc;

	if (http_retryable(answer->status) || answer->status == 401)
		return (0);
	buf_init(&path, MAX_HEAD);
	buf_init(&text, MAX_FILE);
	buf_init(&url, MAX_HEAD);
	rc = name_recording(t, request, &path, e);
	buf_printf(&text, "%s ", request->method);
	redact_url(shown, &url);
	redact_mask(t->hidden, url.data, url.len, &text);
	buf_printf(&text, "\n%d\n", answer->status);
	append_headers(t, answer, &text);
	buf_putc(&text, '\n');
	buf_append(&text, answer->body.data, answer->body.len);
	if (rc == 0)
		rc = text.failed || url.failed || buf_cstr(&path) == NULL ?
		    err_nomem(e) :
		    io_replace(buf_cstr(&path), text.data, text.len, e);
	buf_free(&path);
	buf_free(&text);
	buf_free(&url);
	return (rc ? err_prefix(e, "--record") : 0);
}

/* Split the file in ${text} into its parts. */
static int
read_recording(const struct buf *text, struct http_response *a)
{
	const char *p = (const char *)text->data, *end = p + text->len, *nl;
	char status[8] = "";
	uint64_t v;
	size_t n;

	nl = memchr(p, '\n', text->len);
	if (nl == NULL)
		return (-1);
	p = nl + 1;
	nl = memchr(p, '\n', (size_t)(end - p));
	n = nl == NULL ? 0 : (size_t)(nl - p);
	if (n == 0 || n >= sizeof(status))
		return (-1);
	memcpy(status, p, n);
	if (number_read(status, 100, 599, &v) == -1)
		return (-1);
	a->status = (int)v;
	for (p = nl + 1; p < end && *p != '\n'; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			return (-1);
		buf_append(&a->headers, p, (size_t)(nl + 1 - p));
	}
	if (p == end)
		return (-1);
	buf_append(&a->body, p + 1, (size_t)(end - p - 1));
	a->framed = true; /* not kept: it may be cut off */
	return (a->headers.failed || a->body.failed ||
	    buf_reserve(&a->body, 0) == -1 ? -1 : 0);
}

int
recording_play(struct recording *t, const struct request *request,
    struct http_response *answer, struct err *e)
{
	struct err why = { 0 };
	struct buf path, text;
	int rc = -1;

	recording_answer_free(answer);
	buf_init(&answer->headers, MAX_HEAD);
	buf_init(&answer->body, MAX_FILE);
	answer->retry_after_ms = -1;
	buf_init(&path, MAX_HEAD);
	buf_init(&text, 2 * MAX_FILE);
	if (name_recording(t, request, &path, e) == -1 ||
	    buf_cstr(&path) == NULL) {
		err_nomem(e);
	} else if (io_slurp((const char *)path.data, MAX_FILE, &text, &why) ==
	    -1 ||
	    text.len == 0 || read_recording(&text, answer) == -1) {
		err_set_code(e, ERR_CONFIG, "not_recorded", "--replay: this "
		    "request was not recorded");
	} else {
		rc = 0;
	}
	buf_free(&path);
	buf_free(&text);
	return (rc);
}

void
recording_answer_free(struct http_response *answer)
{

	buf_free(&answer->headers);
	buf_free(&answer->body);
}
