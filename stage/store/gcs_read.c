/* SPDX-License-Identifier: Apache-2.0 */
#include "gcs_read.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "gcs_request.h"
#include "lib/base/backoff.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/google/cred.h"
#include "lib/http/http.h"
#include "lib/report/msg.h"

#define API "/storage/v1"

struct download {
	const struct gcs_request_peer *p;
	const char *name;
	const struct store_info *want; /* or NULL */
	store_sink *sink;
	void *arg;
	uint64_t got;   /* bytes passed to the sink */
	uint64_t skip;  /* bytes of this response to skip */
	bool ranges;    /* the server has honored a Range */
	bool whole;     /* or it does not support Range */
	bool refused;   /* no retry can undo what was passed on */
	bool renewed;   /* the token, since something was got */
	uint64_t generation; /* of the object that is read; 0: not known yet */
	int64_t retry_after;
};

/* The result of an attempt; as for store_read, except the last. */
enum { BROKEN = -1, NONE = 0, ALL = 1, AGAIN = 2 };

static int
receive_bytes(void *arg, const void *p, size_t n, struct err *e)
{
	struct download *d = arg;
	size_t old = d->skip < n ? (size_t)d->skip : n;

	assert(d->skip <= d->got);
	d->skip -= old;
	d->renewed = false;
	if (old == n)
		return (0);
	d->got += n - old;
	if (d->sink(d->arg, (const uint8_t *)p + old, n - old, e) == -1) {
		d->refused = true;
		return (-1);
	}
	return (0);
}

/* Accept the one requested byte, and stop if there is more. */
static int
receive_one(void *arg, const void *p, size_t n, struct err *e)
{
	uint64_t *got = arg;

	(void)p;
	*got += n;
	return (*got <= 1 ? 0 : err_set(e, ERR_TEMP, "not a range"));
}

/* Request the object, or with range a part of it; the response, or NULL. */
static const struct http_response *
ask_for_bytes(struct download *d, struct gcs_request *r, const char *range,
    store_sink *sink, void *arg, struct err *e)
{
	const struct http_response *a;

	gcs_request_init(r, d->p, "GET", API, d->name);
	gcs_request_param(r, "alt", "media");
	if (d->generation != 0)
		gcs_request_param_u64(r, "generation", d->generation);
	r->header[0] = range;
	r->sink = sink;
	r->sink_arg = arg;
	a = gcs_request_once(r, d->p, e);
	d->retry_after = a == NULL ? 0 : a->retry_after_ms;
	return (a);
}

/*
 * Data of an object have arrived: from now on read only that object, even if
 * another replaces it under its name.
 */
static void
pin_generation(struct download *d, const struct gcs_request *r)
{
	char text[NUMBER_TEXT];
	uint64_t v;

	if (d->generation == 0 && r->call != NULL &&
	    http_header(http_partial(r->call), "x-goog-generation", text,
	    sizeof(text)) == 1 &&
	    number_read(text, 1, INT64_MAX, &v) == 0)
		d->generation = v;
}

/*
 * The requested generation does not exist.  It is only a hint: a run that was
 * copied or restored has others; the reader checks the contents.
 */
static int
look_for_copy(struct download *d, struct err *e)
{

	if (d->generation == 0)
		return (NONE);
	if (d->got > 0) {
		d->refused = true; /* the sink has data of another one */
		return (err_set_code(e, ERR_TEMP, "replaced", "replaced or "
		    "removed while it was read"));
	}
	d->generation = 0;
	if (!*d->p->moved)
		msg_log(MSG_WARNING, "other_generation", "%s: its "
		    "generation differs from the recorded one, for example "
		    "after a copy or a restore: the object is accepted if size "
		    "and checksums match", d->name);
	*d->p->moved = true;
	return (AGAIN);
}

/* A response without data of the object. */
static int
judge_unwanted(struct download *d, const struct http_response *a,
    struct err *e)
{

	if (a->status == 404)
		return (look_for_copy(d, e));
	if (a->status == 416 && d->got > 0)
		return (ALL); /* it broke off after the last byte */
	if (a->status == 401 && cred_refused(d->p->cred, &d->renewed))
		return (AGAIN);
	return (gcs_request_failed(a, e));
}

/* Does the response begin at this byte of the object? */
static bool
does_begin_at(const struct http_response *a, uint64_t at)
{
	char text[128], want[32];

	if (a->status == 200)
		return (at == 0);
	snprintf(want, sizeof(want), "bytes %" PRIu64 "-", at);
	return (http_header(a, "content-range", text, sizeof(text)) == 1 &&
	    strncmp(text, want, strlen(want)) == 0);
}

/*
 * Request one byte at the position to continue from: data of a request are
 * passed on before its status is known, so we must know first whether the
 * server supports ranges.
 */
static int
try_range(struct download *d, struct err *e)
{
	const struct http_response *a;
	struct gcs_request r;
	char range[64];
	uint64_t n = 0;
	int rc = BROKEN;

	snprintf(range, sizeof(range), "Range: bytes=%" PRIu64 "-%" PRIu64,
	    d->got, d->got);
	a = ask_for_bytes(d, &r, range, receive_one, &n, e);
	if (n > 1 || (a != NULL && (a->status == 200 || a->status == 206) &&
	    !does_begin_at(a, d->got))) {
		d->whole = true;
		rc = AGAIN;
	} else if (a != NULL && a->status == 206) {
		d->ranges = true;
		rc = AGAIN;
	} else if (a != NULL)
		rc = judge_unwanted(d, a, e);
	gcs_request_fini(&r, d->p);
	return (rc);
}

/*
 * Has the object ended too early?  Only a response without a length can be cut
 * off and still seem complete.
 */
static bool
is_answer_short(const struct download *d, const struct http_response *a)
{
	char text[64];

	return (d->want != NULL && d->got < d->want->size &&
	    http_header(a, "content-length", text, sizeof(text)) == 0 &&
	    http_header(a, "transfer-encoding", text, sizeof(text)) == 0);
}

/* Get the missing data. */
static int
get_rest(struct download *d, struct err *e)
{
	const struct http_response *a;
	struct gcs_request r;
	char range[64];
	uint64_t from = d->whole ? 0 : d->got;
	int rc = BROKEN;

	d->skip = d->got - from;
	snprintf(range, sizeof(range), "Range: bytes=%" PRIu64 "-", from);
	a = ask_for_bytes(d, &r, from > 0 ? range : NULL, receive_bytes, d, e);
	if (d->got > 0)
		pin_generation(d, &r);
	if (a == NULL)
		;
	else if (a->status != 200 && a->status != 206)
		rc = judge_unwanted(d, a, e);
	else if (!does_begin_at(a, from)) {
		d->refused = true;
		err_set(e, ERR_TEMP, "the answer is not the range that was "
		    "requested");
	} else if (is_answer_short(d, a))
		err_set(e, ERR_TEMP, "ended after %" PRIu64 " of %" PRIu64
		    " bytes", d->got, d->want->size);
	else
		rc = ALL;
	gcs_request_fini(&r, d->p);
	return (rc);
}

int
gcs_read_object(const struct gcs_request_peer *p, const char *name,
    const struct store_info *want, store_sink *sink, void *arg,
    struct err *e)
{
	struct download d = { .p = p, .name = name, .want = want,
		.sink = sink, .arg = arg,
		.generation = want == NULL ? 0 : want->generation };
	struct backoff b;
	struct err try;
	uint64_t before;
	int rc;

	gcs_request_backoff(&b, p);
	for (;;) {
		memset(&try, 0, sizeof(try));
		before = d.got;
		rc = d.got > 0 && !d.ranges && !d.whole
		    ? try_range(&d, &try) : get_rest(&d, &try);
		if (rc == AGAIN)
			continue;
		if (rc != BROKEN)
			return (rc);
		if (d.got > before) /* progress: reset the retries */
			gcs_request_backoff(&b, p);
		if (d.refused || try.class != ERR_TEMP ||
		    gcs_request_pause(&b, d.retry_after, p, &try, e) == -1)
			break;
	}
	if (e->class == ERR_NONE)
		*e = try;
	return (-1);
}
