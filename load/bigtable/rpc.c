/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc.h"

#include <assert.h>
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/support/alloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channels.h"
#include "headers.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/sig.h"
#include "lib/google/api_error.h"
#include "lib/google/cred.h"
#include "lib/report/waiting.h"
#include "load/code.h"
#include "retry.h"

#define LATE_MS 1000

/* The kind of an event of the completion queue. */
enum op { OP_START, OP_MESSAGE, OP_STATUS, OPS };

struct tag {
	struct rpc_call *call;
	enum op op;
};

struct rpc_call {
	struct rpc *rpc;
	struct rpc_call *prev, *next; /* all calls of the rpc */
	struct rpc_call *ended;       /* the next that failed at its start */
	void *arg;
	grpc_call *call;
	struct tag tag[OPS];
	unsigned int pending; /* pending operations */
	struct headers headers;
	grpc_byte_buffer *request;
	grpc_byte_buffer *answer;
	grpc_metadata_array initial, trailing;
	grpc_status_code code;
	grpc_slice details;
	int64_t deadline;
	struct cookies *cookies;
	struct rpc_status status;
};

struct rpc {
	struct channels *channels;
	grpc_completion_queue *cq;
	struct cred *cred;
	const char *user_agent;
	struct rpc_call *calls;
	struct rpc_call *again; /* wants its next message */
	struct rpc_call *ended; /* never sent, to be returned as done */
	grpc_slice message;     /* returned by rpc_next */
	bool has_message;
};

struct rpc *
rpc_open(const struct channels_conf *c, struct cred *cred, struct err *e)
{
	struct rpc *r;

	if ((r = calloc(1, sizeof(*r))) == NULL) {
		err_nomem(e);
		return (NULL);
	}
	r->cred = cred;
	r->user_agent = c->user_agent;
	r->channels = channels_open(c, e);
	if (r->channels == NULL) {
		free(r);
		return (NULL);
	}
	r->cq = grpc_completion_queue_create_for_next(NULL);
	return (r);
}

void
rpc_close(struct rpc *r)
{
	struct rpc_call *call;
	const uint8_t *p;
	size_t n;

	if (r == NULL)
		return;
	for (call = r->calls; call != NULL; call = call->next)
		rpc_cancel(call);
	while (r->calls != NULL)
		if (rpc_next(r, INT64_MAX, &call, &p, &n) == RPC_DONE)
			rpc_end(call);
	if (r->has_message)
		grpc_slice_unref(r->message);
	grpc_completion_queue_shutdown(r->cq);
	while (grpc_completion_queue_next(r->cq,
	    gpr_inf_future(GPR_CLOCK_REALTIME), NULL).type !=
	    GRPC_QUEUE_SHUTDOWN)
		continue;
	grpc_completion_queue_destroy(r->cq);
	channels_close(r->channels);
	free(r);
}

static gpr_timespec
make_timespec(int64_t mono_ms)
{
	int64_t ms = mono_ms - clock_mono_ms();

	if (mono_ms == INT64_MAX)
		return (gpr_inf_future(GPR_CLOCK_MONOTONIC));
	if (ms <= 0) /* gRPC rounds "now" up to a wait of 1 ms */
		return (gpr_inf_past(GPR_CLOCK_MONOTONIC));
	return (gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
	    gpr_time_from_millis(ms, GPR_TIMESPAN)));
}

/* Start operations; this fails only if gRPC rejects the headers. */
static int
start_batch(struct rpc_call *c, const grpc_op *ops, size_t n, enum op op)
{

	if (grpc_call_start_batch(c->call, ops, n, &c->tag[op], NULL) !=
	    GRPC_CALL_OK)
		return (-1);
	c->pending++;
	return (0);
}

static void
want_message(struct rpc_call *c)
{
	grpc_op op;

	memset(&op, 0, sizeof(op));
	op.op = GRPC_OP_RECV_MESSAGE;
	op.data.recv_message.recv_message = &c->answer;
	(void)start_batch(c, &op, 1, OP_MESSAGE);
}

static int
send_call(struct rpc_call *c)
{
	grpc_op ops[4];

	memset(ops, 0, sizeof(ops));
	ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
	ops[0].data.send_initial_metadata.count = c->headers.n;
	ops[0].data.send_initial_metadata.metadata = c->headers.md;
	ops[1].op = GRPC_OP_SEND_MESSAGE;
	ops[1].data.send_message.send_message = c->request;
	ops[2].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
	ops[3].op = GRPC_OP_RECV_INITIAL_METADATA;
	ops[3].data.recv_initial_metadata.recv_initial_metadata = &c->initial;
	return (start_batch(c, ops, 4, OP_START));
}

static void
want_status(struct rpc_call *c)
{
	grpc_op op;

	memset(&op, 0, sizeof(op));
	op.op = GRPC_OP_RECV_STATUS_ON_CLIENT;
	op.data.recv_status_on_client.trailing_metadata = &c->trailing;
	op.data.recv_status_on_client.status = &c->code;
	op.data.recv_status_on_client.status_details = &c->details;
	(void)start_batch(c, &op, 1, OP_STATUS);
}

static struct rpc_call *
add_call(struct rpc *r, const struct rpc_request *req)
{
	struct rpc_call *c;
	int i;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->rpc = r;
	c->arg = req->arg;
	c->cookies = req->cookies;
	c->deadline = req->deadline;
	for (i = 0; i < OPS; i++) {
		c->tag[i].call = c;
		c->tag[i].op = (enum op)i;
	}
	grpc_metadata_array_init(&c->initial);
	grpc_metadata_array_init(&c->trailing);
	c->details = grpc_empty_slice();
	c->code = GRPC_STATUS_UNKNOWN;
	c->next = r->calls;
	if (r->calls != NULL)
		r->calls->prev = c;
	r->calls = c;
	return (c);
}

/*
 * There is no token for now: the request fails like any other, and the sender
 * retries it.
 */
static struct rpc_call *
end_unsent(struct rpc_call *c, const struct err *why)
{
	struct rpc *r = c->rpc;

	c->status.code = CODE_UNAVAILABLE;
	c->status.retry_ms = -1;
	snprintf(c->status.message, sizeof(c->status.message), "%.*s",
	    (int)sizeof(c->status.message) - 1, why->msg);
	c->ended = r->ended;
	r->ended = c;
	return (c);
}

struct rpc_call *
rpc_start(struct rpc *r, const struct rpc_request *req, struct err *e)
{
	grpc_slice message = req->message, method;
	struct headers_source from;
	struct rpc_call *c;
	const char *token = NULL;
	struct err why = { .class = ERR_NONE };

	if (r->cred != NULL && (token = cred_token(r->cred, &why)) == NULL &&
	    why.class != ERR_TEMP) {
		*e = why;
		goto err0;
	}
	if ((c = add_call(r, req)) == NULL) {
		err_nomem(e);
		goto err0;
	}
	if (why.class != ERR_NONE) {
		grpc_slice_unref(message);
		return (end_unsent(c, &why));
	}
	from.params = req->params;
	from.features = req->features;
	from.cookies = req->cookies;
	from.token = token;
	from.project = r->cred != NULL ? cred_quota_project(r->cred) : NULL;
	from.user_agent = r->user_agent;
	headers_fill(&c->headers, &from);
	c->request = grpc_raw_byte_buffer_create(&message, 1);
	grpc_slice_unref(message);
	method = grpc_slice_from_static_string(req->method);
	c->call = grpc_channel_create_call(channels_pick(r->channels), NULL,
	    GRPC_PROPAGATE_DEFAULTS, r->cq, method, NULL,
	    make_timespec(req->deadline), NULL);
	if (send_call(c) == -1) {
		rpc_end(c);
		err_set(e, ERR_CONFIG, "gRPC does not accept these headers");
		return (NULL);
	}
	want_message(c);
	want_status(c);
	return (c);

err0:
	grpc_slice_unref(message);
	return (NULL);
}

/*
 * Return the bytes of a message in one piece.  If it cannot be decompressed,
 * return none and end the call early.
 */
static void
take_message(struct rpc *r, struct rpc_call *c, const uint8_t **p, size_t *n)
{
	grpc_byte_buffer_reader reader;

	if (grpc_byte_buffer_reader_init(&reader, c->answer)) {
		r->message = grpc_byte_buffer_reader_readall(&reader);
		grpc_byte_buffer_reader_destroy(&reader);
	} else {
		r->message = grpc_empty_slice();
		rpc_cancel(c);
	}
	grpc_byte_buffer_destroy(c->answer);
	c->answer = NULL;
	r->has_message = true;
	r->again = c;
	*p = GRPC_SLICE_START_PTR(r->message);
	*n = GRPC_SLICE_LENGTH(r->message);
}

/* A token was rejected: drop it, and report it if the clock is the reason. */
static void
take_refusal(struct rpc_call *c)
{
	char date[64], clock[API_ERROR_CLOCK_MAX];
	const size_t room = sizeof(c->status.message) - sizeof(clock);
	size_t n;

	cred_expire(c->rpc->cred);
	if (!headers_date(&c->trailing, date, sizeof(date)) &&
	    !headers_date(&c->initial, date, sizeof(date)))
		return;
	api_error_clock(date, clock);
	if (clock[0] == '\0')
		return;
	if ((n = strlen(c->status.message)) > room)
		n = room;
	snprintf(c->status.message + n, sizeof(clock), "%s", clock);
}

static void
take_status(struct rpc_call *c)
{
	size_t n = GRPC_SLICE_LENGTH(c->details);

	c->status.code = (int)c->code;
	/*
	 * The server may report the deadline before our own clock reaches it.
	 */
	if (c->code == GRPC_STATUS_CANCELLED && clock_mono_ms() >= c->deadline)
		c->status.code = CODE_DEADLINE_EXCEEDED;
	if (n >= sizeof(c->status.message))
		n = sizeof(c->status.message) - 1;
	memcpy(c->status.message, GRPC_SLICE_START_PTR(c->details), n);
	c->status.message[n] = '\0';
	if (retry_untrusted(c->status.code, c->status.message)) {
		c->status.code = CODE_FAILED_PRECONDITION;
		snprintf(c->status.message, sizeof(c->status.message),
		    "TLS: the server's certificate is not trusted, or not for "
		    "this name (--ca)");
	}
	c->status.retry_ms = headers_retry_info(&c->trailing);
	if (c->cookies != NULL) {
		headers_cookies(&c->initial, c->cookies);
		headers_cookies(&c->trailing, c->cookies);
	}
	if (c->code == GRPC_STATUS_UNAUTHENTICATED && c->rpc->cred != NULL)
		take_refusal(c);
}

/* gRPC's own clock is a thread, which may not have started. */
static void
cancel_late(struct rpc *r)
{
	int64_t now = clock_mono_ms();
	struct rpc_call *c;

	for (c = r->calls; c != NULL; c = c->next)
		if (now - LATE_MS > c->deadline)
			rpc_cancel(c);
}

enum rpc_event
rpc_next(struct rpc *r, int64_t until, struct rpc_call **call,
    const uint8_t **p, size_t *n)
{
	gpr_timespec deadline = make_timespec(until);
	struct rpc_call *c;
	const struct tag *tag;
	grpc_event ev;

	if (r->has_message) {
		grpc_slice_unref(r->message);
		r->has_message = false;
	}
	if (r->again != NULL) {
		want_message(r->again);
		r->again = NULL;
	}
	if (r->ended != NULL) {
		*call = r->ended;
		r->ended = (*call)->ended;
		return (RPC_DONE);
	}
	for (;;) {
		ev = grpc_completion_queue_next(r->cq, deadline, NULL);
		if (ev.type != GRPC_OP_COMPLETE) {
			cancel_late(r);
			return (RPC_NOTHING);
		}
		tag = ev.tag;
		c = *call = tag->call;
		assert(c->pending > 0);
		c->pending--;
		if (tag->op == OP_MESSAGE && c->answer != NULL) {
			take_message(r, c, p, n);
			return (RPC_MESSAGE);
		}
		if (c->pending == 0) {
			take_status(c);
			return (RPC_DONE);
		}
	}
}

void
rpc_cancel(struct rpc_call *c)
{

	if (c->call != NULL)
		grpc_call_cancel(c->call, NULL);
}

void *
rpc_arg(const struct rpc_call *c)
{

	return (c->arg);
}

const struct rpc_status *
rpc_status(const struct rpc_call *c)
{

	return (&c->status);
}

void
rpc_end(struct rpc_call *c)
{
	struct rpc *r = c->rpc;

	assert(c->pending == 0 && c->answer == NULL && r->again != c);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		r->calls = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	grpc_metadata_array_destroy(&c->initial);
	grpc_metadata_array_destroy(&c->trailing);
	grpc_slice_unref(c->details);
	if (c->request != NULL)
		grpc_byte_buffer_destroy(c->request);
	headers_free(&c->headers);
	if (c->call != NULL)
		grpc_call_unref(c->call);
	free(c);
}

int
rpc_unary(struct rpc *r, const struct rpc_request *req, uint8_t **answer,
    size_t *n, struct rpc_status *status, struct err *e)
{
	struct rpc_call *c, *other;
	enum rpc_event ev;
	const uint8_t *p;
	size_t len;

	*answer = NULL;
	*n = 0;
	if ((c = rpc_start(r, req, e)) == NULL)
		return (-1);
	waiting_enter(0, "Bigtable to answer %s", strrchr(req->method, '/') + 1);
	while ((ev = rpc_next(r, clock_mono_ms() + 100, &other, &p, &len)) !=
	    RPC_DONE) {
		if (ev == RPC_NOTHING && sig_caught() != 0)
			rpc_cancel(c);
		if (ev != RPC_MESSAGE || *answer != NULL)
			continue;
		if ((*answer = malloc(len + 1)) == NULL)
			rpc_cancel(c);
		else
			memcpy(*answer, p, *n = len);
	}
	waiting_leave();
	*status = c->status;
	rpc_end(c);
	if (sig_check(e) == 0)
		return (0);
	free(*answer);
	*answer = NULL;
	return (-1);
}
