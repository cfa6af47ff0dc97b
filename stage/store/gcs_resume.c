/* SPDX-License-Identifier: Apache-2.0 */
#include "gcs_resume.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gcs_info.h"
#include "gcs_request.h"
#include "lib/base/backoff.h"
#include "lib/base/buf.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/google/cred.h"
#include "lib/google/cred_post.h"
#include "lib/http/http.h"
#include "lib/json/jsonw.h"
#include "store.h"

#define API       "/upload/storage/v1"
#define CHUNK     ((size_t)8 << 20) /* a multiple of 256 KiB */
#define MAX_PARDON 5 /* times a 400 or 401 counts as a race */

struct session {
	const struct gcs_request_peer *p;
	const char *name;
	const struct store_body *body;
	struct store_info *info;
	char url[4096];    /* a secret: it permits writing */
	uint64_t offset;   /* bytes the server has */
	uint64_t best;     /* and its maximum in any session */
	uint8_t *chunk;
	struct backoff b;
	int pardons;
	struct err why;    /* the last temporary failure */
};

/* The meaning of a response for the upload. */
enum step { MORE, ASK, RESTART, EXISTS, DONE, FAILED };

void
gcs_resume_describe(const struct gcs_request_peer *p, const char *name,
    const struct store_body *body, struct buf *out)
{
	char crc[9];

	crc32c_base64(body->crc32c, crc);
	buf_putc(out, '{');
	jsonw_str(out, "name", name);
	jsonw_str(out, "contentType", body->type);
	jsonw_str(out, "crc32c", crc);
	if (p->conf->storage_class != NULL)
		jsonw_str(out, "storageClass", p->conf->storage_class);
	if (body->meta != NULL)
		jsonw_raw(out, "metadata", body->meta, strlen(body->meta));
	buf_putc(out, '}');
}

int
gcs_resume_done(const struct http_response *a, const struct store_body *body,
    struct store_info *info, struct err *e)
{

	if (a->status != 200 && a->status != 201)
		return (gcs_request_failed(a, e));
	if (gcs_info_parse(&a->body, info, e) == -1)
		return (-1);
	if (info->size != body->size || info->crc32c != body->crc32c)
		return (err_set_code(e, ERR_DATA, "bad_upload", "stored with "
		    "another size or CRC32C than was sent"));
	return (1);
}

/*
 * Is ${url} at the server ${base}, not at one whose name only begins with it?
 */
static bool
is_same_server(const char *url, const char *base)
{
	size_t n = strlen(base);

	return (strncmp(url, base, n) == 0 && url[n] == '/');
}

/* May the bytes be sent to this session? */
static int
take_location(struct session *s, const struct http_response *a,
    struct err *e)
{

	if (http_header(a, "location", s->url, sizeof(s->url)) != 1)
		return (err_set(e, ERR_TEMP, "a session without Location"));
	if (s->p->cred != NULL && !is_same_server(s->url, s->p->base) &&
	    !cred_post_allowed(s->url))
		return (err_set_code(e, ERR_REFUSED, "foreign_host", "a "
		    "session on another host"));
	return (0);
}

/* Begin a session; MORE, EXISTS or FAILED. */
static enum step
begin_session(struct session *s, struct err *e)
{
	const struct http_response *a;
	struct gcs_request r;
	struct buf json;
	char type[128], length[64];
	enum step step = FAILED;

	s->offset = 0;
	buf_init(&json, (size_t)64 << 10);
	gcs_resume_describe(s->p, s->name, s->body, &json);
	gcs_request_init(&r, s->p, "POST", API, NULL);
	gcs_request_param(&r, "uploadType", "resumable");
	gcs_request_param(&r, "name", s->name);
	gcs_request_param(&r, "ifGenerationMatch", "0");
	gcs_request_param(&r, "kmsKeyName", s->p->conf->kms_key);
	snprintf(type, sizeof(type), "X-Upload-Content-Type: %s",
	    s->body->type);
	snprintf(length, sizeof(length), "X-Upload-Content-Length: %" PRIu64,
	    s->body->size);
	r.header[0] = "Content-Type: application/json; charset=UTF-8";
	r.header[1] = type;
	r.header[2] = length;
	r.body = json.data;
	r.body_len = json.len;
	a = json.failed ? NULL : gcs_request_send(&r, s->p, e);
	if (json.failed)
		err_nomem(e);
	else if (a != NULL && a->status == 412)
		step = EXISTS;
	else if (a != NULL && a->status != 200 && a->status != 201)
		gcs_request_failed(a, e);
	else if (a != NULL && take_location(s, a, e) == 0)
		step = MORE;
	gcs_request_fini(&r, s->p);
	buf_free(&json);
	return (step);
}

/* What was sent: a status query, or bytes. */
enum talk { QUESTION, BYTES };

/*
 * Read how many bytes the server has; without a Range header it has none.  It
 * may have kept less than it was sent, and even less than it reported before.
 */
static enum step
take_range(struct session *s, const struct http_response *a, uint64_t sent,
    enum talk talk)
{
	static const char prefix[] = "bytes=0-";
	uint64_t before = s->offset, last;
	char text[64];

	s->offset = 0;
	if (http_header(a, "range", text, sizeof(text)) == 1) {
		if (strncmp(text, prefix, sizeof(prefix) - 1) != 0 ||
		    number_read(text + sizeof(prefix) - 1, 0, INT64_MAX - 1,
		    &last) == -1 || last >= sent)
			return (RESTART); /* more than was ever sent */
		s->offset = last + 1;
	}
	if (s->offset > s->best) { /* progress: reset the retries */
		s->best = s->offset;
		gcs_request_backoff(&s->b, s->p);
	}
	assert(s->offset <= sent && sent <= s->body->size);
	if (talk == QUESTION && s->offset < s->body->size)
		return (MORE);
	if (talk == BYTES && s->offset > before)
		return (s->offset < s->body->size ? MORE : ASK);
	err_set(&s->why, ERR_TEMP, "the upload makes no progress");
	return (ASK);
}

/* A refusal that a race or an old token explains, but only a few times. */
static enum step
pardon_refusal(struct session *s, const struct http_response *a, struct err *e)
{

	if (++s->pardons > MAX_PARDON) {
		gcs_request_failed(a, e);
		return (FAILED);
	}
	if (a->status == 401 && s->p->cred != NULL)
		cred_expire(s->p->cred);
	err_clear(&s->why);
	err_set(&s->why, ERR_TEMP, "HTTP %d", a->status);
	return (ASK);
}

/* Interpret the response to a chunk or a status query. */
static enum step
judge_answer(struct session *s, const struct http_response *a, uint64_t sent,
    enum talk talk, struct err *e)
{

	switch (a->status) {
	case 200:
	case 201:
		return (gcs_resume_done(a, s->body, s->info, e) == 1 ? DONE
								    : FAILED);
	case 308:
		return (take_range(s, a, sent, talk));
	case 400:
	case 401:
		return (pardon_refusal(s, a, e));
	case 404:
	case 410:
		return (RESTART);
	case 412:
		return (EXISTS);
	default:
		break;
	}
	err_clear(&s->why);
	if (http_retryable(a->status)) {
		gcs_request_failed(a, &s->why);
		return (ASK);
	}
	gcs_request_failed(a, e);
	return (FAILED);
}

/* Send n bytes from the offset on, or with 0 a status query. */
static enum step
send_chunk(struct session *s, size_t n, int64_t *retry_after, struct err *e)
{
	const struct http_response *a;
	uint64_t end = n == 0 ? s->body->size : s->offset + n;
	struct gcs_request r;
	char range[128];
	enum step step;

	*retry_after = 0;
	if (n == 0)
		snprintf(range, sizeof(range), "Content-Range: bytes */%"
		    PRIu64, s->body->size);
	else
		snprintf(range, sizeof(range), "Content-Range: bytes %" PRIu64
		    "-%" PRIu64 "/%" PRIu64, s->offset, end - 1,
		    s->body->size);
	if (n > 0 && store_body_read(s->body, s->offset, s->chunk, n, e)
	    == -1)
		return (FAILED);
	gcs_request_init_url(&r, "PUT", s->url);
	r.header[0] = range;
	r.body = s->chunk;
	r.body_len = n;
	err_clear(&s->why);
	if ((a = gcs_request_once(&r, s->p, &s->why)) != NULL) {
		*retry_after = a->retry_after_ms;
		step = judge_answer(s, a, end, n == 0 ? QUESTION : BYTES, e);
	} else if (s->why.class == ERR_TEMP) {
		step = ASK;
	} else {
		*e = s->why;
		step = FAILED;
	}
	gcs_request_fini(&r, s->p);
	return (step);
}

/* Run a session to its end; RESTART if it is lost. */
static enum step
run_session(struct session *s, struct err *e)
{
	enum step step = MORE;
	int64_t ms;
	size_t n;

	for (;;) {
		n = s->body->size - s->offset < CHUNK
		    ? (size_t)(s->body->size - s->offset) : CHUNK;
		step = send_chunk(s, step == ASK ? 0 : n, &ms, e);
		if (step == ASK && s->offset == s->body->size &&
		    s->why.class == ERR_NONE)
			continue; /* all sent: request the object */
		if (step == ASK && gcs_request_pause(&s->b, ms, s->p, &s->why,
		    e) == -1) {
			if (e->class == ERR_NONE)
				*e = s->why;
			return (FAILED);
		}
		if (step != MORE && step != ASK)
			return (step);
	}
}

/* A session is lost: did the upload succeed anyway? */
static enum step
judge_lost_session(struct session *s, struct err *e)
{
	struct store_info info;
	int rc = gcs_info_get(s->p, s->name, &info, e);

	if (rc != 0)
		return (rc == 1 ? EXISTS : FAILED);
	err_clear(&s->why);
	err_set(&s->why, ERR_TEMP, "the upload session is gone");
	if (gcs_request_pause(&s->b, 0, s->p, &s->why, e) == 0)
		return (RESTART);
	if (e->class == ERR_NONE)
		*e = s->why;
	return (FAILED);
}

int
gcs_resume_create(const struct gcs_request_peer *p, const char *name,
    const struct store_body *body, struct store_info *info, struct err *e)
{
	struct session s = { .p = p, .name = name, .body = body,
		.info = info };
	enum step step;

	if ((s.chunk = malloc(CHUNK)) == NULL)
		return (err_nomem(e));
	gcs_request_backoff(&s.b, p);
	do {
		if ((step = begin_session(&s, e)) == MORE)
			step = run_session(&s, e);
		if (step == RESTART)
			step = judge_lost_session(&s, e);
	} while (step == RESTART);
	free(s.chunk);
	explicit_bzero(s.url, sizeof(s.url));
	return (step == DONE ? 1 : step == EXISTS ? 0 : -1);
}
