/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A resumable upload against a server that answers anything.  Each line of
 * the input is an answer: the status (0: none came), then, behind tabs,
 * header lines and a body that begins with "{".  The requests are replaced;
 * what is stored is only said to be stored if the server confirms it, no
 * byte is asked of the object that it does not have, and no request goes to
 * another host.
 */
#include "stage/store/gcs_resume.h"

#include "fuzz.h"
#include "googles.h"
#include "lib/base/backoff.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/google/cred.h"
#include "lib/http/http.h"
#include "stage/store/gcs_request.h"
#include "stage/store/store.h"

#define SIZE ((uint64_t)20 << 20)

static const uint8_t *script;
static size_t left;
static struct http_response answer;

/* Read the next line of the script; NULL if no answer comes. */
static const struct http_response *
next_answer(struct err *e)
{
	char *line = fuzz_until(&script, &left, '\n'), *field, *rest = line;

	buf_free(&answer.headers);
	buf_free(&answer.body);
	buf_init(&answer.headers, 65536);
	buf_init(&answer.body, 65536);
	field = strsep(&rest, "\t");
	answer.status = (int)strtoul(field, NULL, 10) % 1000;
	answer.retry_after_ms = -1;
	while ((field = strsep(&rest, "\t")) != NULL) {
		if (*field == '{')
			buf_puts(&answer.body, field);
		else
			buf_printf(&answer.headers, "%s\n", field);
	}
	free(line);
	if (answer.status != 0)
		return (&answer);
	err_set(e, ERR_TEMP, "no answer");
	return (NULL);
}

void
gcs_request_init(struct gcs_request *r, const struct gcs_request_peer *p,
    const char *method, const char *path, const char *name)
{

	(void)path;
	(void)name;
	gcs_request_init_url(r, method, p->base);
}

void
gcs_request_init_url(struct gcs_request *r, const char *method, const char *url)
{

	FUZZ_CHECK(googles(url));
	memset(r, 0, sizeof(*r));
	r->method = method;
}

void
gcs_request_param(struct gcs_request *r, const char *key, const char *value)
{

	(void)r;
	(void)key;
	(void)value;
}

void
gcs_request_fini(struct gcs_request *r, const struct gcs_request_peer *p)
{

	(void)r;
	(void)p;
}

const struct http_response *
gcs_request_send(struct gcs_request *r, const struct gcs_request_peer *p,
    struct err *e)
{

	(void)r;
	(void)p;
	return (next_answer(e));
}

const struct http_response *
gcs_request_once(struct gcs_request *r, const struct gcs_request_peer *p,
    struct err *e)
{

	(void)r;
	(void)p;
	return (next_answer(e));
}

void
gcs_request_backoff(struct backoff *b, const struct gcs_request_peer *p)
{

	(void)b;
	(void)p;
}

int
gcs_request_pause(struct backoff *b, int64_t at_least_ms,
    const struct gcs_request_peer *p, const struct err *why, struct err *e)
{

	(void)b;
	(void)at_least_ms;
	(void)p;
	(void)e;
	FUZZ_CHECK(why->class == ERR_TEMP);
	return (left > 0 ? 0 : -1);
}

int
gcs_request_failed(const struct http_response *a, struct err *e)
{

	return (err_set(e, http_class(a->status), "HTTP %d",
	    a->status));
}

void
cred_expire(struct cred *c)
{

	(void)c;
}

int
store_body_read(const struct store_body *b, uint64_t offset, void *p,
    size_t n, struct err *e)
{

	(void)p;
	(void)e;
	FUZZ_CHECK(offset <= b->size && n <= b->size - offset);
	return (0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static char base[] = "https://storage.googleapis.com", bucket[] = "b";
	static char token;
	static const struct store_conf conf = { .retry_ms = 1000 };
	struct gcs_request_peer peer = { .conf = &conf, .base = base,
		.bucket = bucket, .cred = (struct cred *)(void *)&token };
	struct store_body body = { .size = SIZE, .crc32c = 0x01020304,
		.type = "application/gzip" };
	struct store_info info;
	struct err e = { 0 };
	int rc;

	memset(&info, 0, sizeof(info));
	script = p;
	left = n;
	rc = gcs_resume_create(&peer, "part", &body, &info, &e);
	FUZZ_CHECK((rc == -1) == (e.class != ERR_NONE));
	if (rc == 1)
		FUZZ_CHECK(info.size == SIZE && info.crc32c == body.crc32c);
	buf_free(&answer.headers);
	buf_free(&answer.body);
	return (0);
}
