/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_RPC_H
#define NF_LOAD_BIGTABLE_RPC_H

#include <grpc/slice.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Calls over gRPC's C core: one request, a stream of answers, one status.
 * Several calls at once share one completion queue.  What a call means and
 * whether to repeat it is not its business; it only gathers what a server
 * says to that: RetryInfo and routing cookies.
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
	int64_t retry_ms; /* RetryInfo: wait at least so long; -1: none */
};

/* All is borrowed until rpc_start returns, but ${request}. */
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
	RPC_MESSAGE, /* a message of the call came */
	RPC_DONE     /* the call is over: rpc_status, then rpc_end */
};

/**
 * rpc_open(c, cred, e) / rpc_close(r):
 * Prepare connections; they are made when first needed.  ${cred} (borrowed)
 * gives tokens; NULL: none is sent.  rpc_close cancels and frees the calls
 * that are left.
 */
struct rpc *rpc_open(const struct channels_conf *c, struct cred *cred,
    struct err *e);
void rpc_close(struct rpc *r);

/**
 * rpc_start(r, req, e):
 * Start a call.  Return it, or NULL if there is no token (what cred_token
 * says).  A token that cannot be had for the time being is a call that ends
 * with UNAVAILABLE, unsent.
 */
struct rpc_call *rpc_start(struct rpc *r, const struct rpc_request *req,
    struct err *e);

/**
 * rpc_next(r, until, call, p, n):
 * Wait until clock_mono_ms() is ${until} (at once if that is over) for an
 * event of any call, and store the call.  The ${n} bytes of a message at
 * ${p} are valid until the next rpc_next, which also asks for the next
 * message of that call.
 */
enum rpc_event rpc_next(struct rpc *r, int64_t until, struct rpc_call **call,
    const uint8_t **p, size_t *n);

/**
 * rpc_cancel(call):
 * Ask for an early end; RPC_DONE is still to come.
 */
void rpc_cancel(struct rpc_call *call);

/**
 * rpc_arg(call) / rpc_status(call):
 * Return what the call was started with; how it went, once done.
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
 * One call with one answer, waited for; no other call may be under way.
 * ${answer} (malloc'd, the caller's) is NULL without one.  Return 0
 * (look at ${status}), or -1 (no token, no memory, a signal).
 */
int rpc_unary(struct rpc *r, const struct rpc_request *req, uint8_t **answer,
    size_t *n, struct rpc_status *status, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_RPC_H */
