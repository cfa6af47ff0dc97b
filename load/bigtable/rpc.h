/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_RPC_H
#define NF_LOAD_BIGTABLE_RPC_H

#include <grpc/slice.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Calls over gRPC's C core: one request, a stream of responses, one status.
 * Several concurrent calls share one completion queue.  This module does not
 * interpret calls or decide on retries; it only collects what the server sends
 * for that: RetryInfo and routing cookies.
 */
struct channels_conf;
struct cookies;
struct cred;
struct err;
struct rpc;
struct rpc_call;

struct rpc_status {
	int code; /* enum code */
	char message[256];
	int64_t retry_ms; /* RetryInfo: wait at least this long; -1: none */
};

/* All members but ${message} are borrowed until rpc_start returns. */
struct rpc_request {
	const char *method;      /* "/google.bigtable.v2.Bigtable/ReadRows" */
	const char *params;      /* header x-goog-request-params */
	const char *features;    /* header bigtable-features, or NULL */
	struct cookies *cookies; /* sent, and updated when the call is
					done; lives as long as the call; or
					NULL */
	int64_t deadline;        /* clock_mono_ms; the call ends with
				    DEADLINE_EXCEEDED, a second later even if
				    gRPC does not notice */
	grpc_slice message;      /* the packed request; becomes the call's */
	void *arg;               /* for rpc_arg */
};

enum rpc_event {
	RPC_NOTHING, /* time is up */
	RPC_MESSAGE, /* a message of the call arrived */
	RPC_DONE     /* the call has ended: rpc_status, then rpc_end */
};

/**
 * rpc_open(c, cred, e) / rpc_close(r):
 * Prepare connections, which are opened when first needed.  ${cred} (borrowed)
 * provides tokens; NULL: none is sent. rpc_close cancels and frees the
 * remaining calls.
 */
struct rpc *rpc_open(const struct channels_conf *c, struct cred *cred,
    struct err *e);
void rpc_close(struct rpc *r);

/**
 * rpc_start(r, req, e):
 * Start a call.  Return it, or NULL if there is no token (errors as for
 * cred_token).  If a token is temporarily unavailable, the call ends with
 * UNAVAILABLE and is not sent.
 */
struct rpc_call *rpc_start(struct rpc *r, const struct rpc_request *req,
    struct err *e);

/**
 * rpc_next(r, until, call, p, n):
 * Wait until clock_mono_ms() is ${until} (do not wait if that has passed) for
 * an event of any call, and store the call.  The ${n} bytes of a message at
 * ${p} are valid until the next rpc_next, which also requests the next message
 * of that call.
 */
enum rpc_event rpc_next(struct rpc *r, int64_t until, struct rpc_call **call,
    const uint8_t **p, size_t *n);

/**
 * rpc_cancel(call):
 * Request an early end; RPC_DONE still follows.
 */
void rpc_cancel(struct rpc_call *call);

/**
 * rpc_arg(call) / rpc_status(call):
 * Return the ${arg} that the call was started with; its status, once done.
 */
void *rpc_arg(const struct rpc_call *call);
const struct rpc_status *rpc_status(const struct rpc_call *call);

/**
 * rpc_end(call):
 * Free a call that is done.
 */
void rpc_end(struct rpc_call *call);

/**
 * rpc_unary(r, req, answer, n, status, e):
 * Make one call with one response and wait for it; no other call may be in
 * progress.  ${answer} (malloc'd, the caller frees it) is NULL if there was no
 * response.  Return 0 (check ${status}), or -1 (no token, no memory, a
 * signal).
 */
int rpc_unary(struct rpc *r, const struct rpc_request *req, uint8_t **answer,
    size_t *n, struct rpc_status *status, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_RPC_H */
