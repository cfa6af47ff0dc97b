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
struct cred;
struct err;
struct rpc;
struct rpc_call;

/* The canonical codes (google/rpc/code.proto) that are named here. */
enum rpc_code {
	RPC_OK = 0,
	RPC_CANCELLED = 1,
	RPC_UNKNOWN = 2,
	RPC_INVALID_ARGUMENT = 3,
	RPC_DEADLINE_EXCEEDED = 4,
	RPC_NOT_FOUND = 5,
	RPC_ALREADY_EXISTS = 6,
	RPC_PERMISSION_DENIED = 7,
	RPC_RESOURCE_EXHAUSTED = 8,
	RPC_FAILED_PRECONDITION = 9,
	RPC_ABORTED = 10,
	RPC_UNIMPLEMENTED = 12,
	RPC_INTERNAL = 13,
	RPC_UNAVAILABLE = 14,
	RPC_DATA_LOSS = 15,
	RPC_UNAUTHENTICATED = 16
};

struct rpc_conf {
	const char *endpoint;   /* HOST:PORT */
	bool plaintext;         /* no TLS, no token: an emulator */
	struct cred *cred;      /* tokens, unless plaintext; borrowed */
	const char *ca_file;    /* whom to trust (PEM), or NULL */
	unsigned int channels;  /* connections, 1 or more */
	const char *user_agent; /* "nf-load/1.2.3" */
};

struct rpc_status {
	int code;
	char message[256];
	int64_t retry_ms; /* RetryInfo: wait at least so long; -1: none */
};

/*
 * Routing cookies: what the server wants to see again in the next attempt of
 * the same operation.  Zeroed is empty.
 */
struct rpc_cookies {
	size_t n;
	struct {
		char key[64];
		char value[512];
	} cookie[8];
};

/* All is borrowed until rpc_start returns, but ${request}. */
struct rpc_request {
	const char *method;      /* "/google.bigtable.v2.Bigtable/ReadRows" */
	const char *params;      /* header x-goog-request-params */
	const char *features;    /* header bigtable-features, or NULL */
	struct rpc_cookies *cookies; /* sent, and updated when the call is
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
 * rpc_open(c, e) / rpc_close(r):
 * Prepare connections; they are made when first needed.  rpc_close cancels
 * and frees the calls that are left.
 */
struct rpc *rpc_open(const struct rpc_conf *c, struct err *e);
void rpc_close(struct rpc *r);

/**
 * rpc_start(r, req, e):
 * Start a call.  Return it, or NULL if there is no token (what cred_token
 * says).
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
 * ${answer} (malloc'd, the caller's) is NULL if there was none.  Return 0
 * (look at ${status}), or -1 (no token, no memory, a signal).
 */
int rpc_unary(struct rpc *r, const struct rpc_request *req, uint8_t **answer,
    size_t *n, struct rpc_status *status, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_RPC_H */
