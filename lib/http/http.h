/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_HTTP_HTTP_H
#define NF_LIB_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/*
 * HTTP over libcurl's multi interface: several calls at the same time, each
 * with its own limits.  Redirects are never followed here, and credentials are
 * sent only to the URL that they were given for.  http_retryable says what to
 * retry, backoff.h says when.  Nothing is retried here, except that libcurl
 * sends a request again if a reused connection turns out to be closed, unless
 * the request has ${once}.
 *
 * Time limits run only inside http_wait, and not inside a sink: calls do not
 * time out because the caller is delayed by its own output.
 */
struct http;
struct http_call;

struct http_conf {
	uint64_t connect_ms;    /* to connect, TLS included */
	uint64_t first_byte_ms; /* from the request's end to the first byte */
	uint64_t total_ms;      /* of one call, from start to end */
	uint32_t low_speed;     /* bytes per second; slower than this ... */
	uint32_t low_speed_s;   /* ... for this many seconds is a failure */
	uint64_t max_body;      /* bytes of a decoded body kept in memory */
	uint32_t max_ratio;     /* decoded to received bytes, from 1 MiB on */
	const char *user_agent;
	const char *proxy;   /* NULL: see proxy_find; "": none */
	const char *ca_file; /* NULL: $SSL_CERT_FILE or that of the system */
	const char *cert;    /* client certificate or NULL: a PEM file, or a
	                        PKCS#12 file with its key */
	const char *key;     /* its key (PEM file) or NULL: in ${cert} */
	const char *key_password; /* of the key, or NULL */
};

/* All strings and bytes are borrowed until the call ends. */
struct http_request {
	const char *method; /* "GET" */
	const char *url;    /* http or https, without user info */
	const char *place;  /* its name in messages; NULL: without its query */
	/*
	 * "Name: value", ends in NULL; or NULL.  If Accept-Encoding is one of
	 * them, the body is delivered as it was sent, not decoded.
	 */
	const char *const *headers;
	const void *body; /* NULL: none */
	size_t body_len;
	bool once; /* not idempotent: must not reach the server twice */
	bool bare; /* do not give this server the client certificate */
	bool secret; /* the body of the response is wiped when it is freed */
	/*
	 * If not NULL, gets the body in pieces as they arrive, if the status
	 * is 200 or 206; the body is not kept then.  Returns 0 to continue,
	 * -1 (with ${e} filled) to stop.
	 */
	int (*sink)(void *arg, const void *p, size_t n, struct err *e);
	void *sink_arg;
};

struct http_response {
	int status;             /* 200, ...; 0 if there was no response */
	bool framed;            /* its end is marked: a length, chunks, HTTP/2;
	                           else it may have been cut off */
	struct buf headers;     /* "name: value\n" each, names in lower case */
	struct buf body;        /* decoded; SCAN_PAD bytes after it */
	uint64_t received;      /* bytes of the body on the wire */
	int64_t retry_after_ms; /* -1: no Retry-After; else 0 or more */
	double seconds;         /* from the start of the call to its end */
};

/**
 * http_libraries():
 * Return the names and versions of libcurl and of the libraries it uses.
 */
const char *http_libraries(void);

/**
 * http_conf_default(c):
 * Fill ${c} with defaults.
 */
void http_conf_default(struct http_conf *c);

/**
 * http_new(c, e) / http_free(h):
 * Make or free a set of connections.  ${c} is copied, its strings are borrowed.
 */
struct http *http_new(const struct http_conf *c, struct err *e);
void http_free(struct http *h);

/**
 * http_start(h, req, e):
 * Start a call; it makes progress inside http_wait.  Return it, or NULL
 * (ERR_CONFIG for an invalid URL or header: CR, LF, NUL, another scheme).
 */
struct http_call *http_start(struct http *h, const struct http_request *req,
    struct err *e);

/**
 * http_wait(h, call, timeout_ms, e):
 * Drive all calls until ${call} has ended, for ${timeout_ms} at most (-1: no
 * limit; 0: only check).  If ${call} is NULL, wait until any call has ended
 * since the last http_wait that returned 1 for NULL; without active calls, this
 * sleeps.  Return 1 if such a call has ended, 0 if time is up, -1 on ERR_SIGNAL
 * or after http_cancel.
 */
int http_wait(struct http *h, struct http_call *call, int64_t timeout_ms,
    struct err *e);

/**
 * http_ended(call):
 * Return true if ${call} had ended when http_wait last returned.
 */
bool http_ended(const struct http_call *call);

/**
 * http_cancel(h) / http_cancelled(h):
 * http_cancel makes every http_wait, current or later, return -1 with ERR_IO.
 * http_cancelled returns true if it was called.  Both may be called from any
 * thread.
 */
void http_cancel(struct http *h);
bool http_cancelled(struct http *h);

/**
 * http_result(call, e):
 * Return the response of a call that has ended, owned by the call.  Return
 * NULL if there is no complete response: ERR_TEMP (name not resolved;
 * connection refused, reset, cut off or timed out; code bad_gzip: a compressed
 * body has no end or no checksum), ERR_DATA (code body_too_large, bomb,
 * headers_too_large, bad_encoding), ERR_CONFIG (TLS), or the error of the sink.
 * Code client_certificate: the server requires a client certificate, or the
 * one given cannot be read (ERR_CONFIG); the server asked for one and closed
 * the connection (ERR_TEMP) or refuses it (ERR_PERM).
 * The message begins with the ${place} of the request.
 */
const struct http_response *http_result(struct http_call *call,
    struct err *e);

/**
 * http_partial(call):
 * Return the response of ${call} as far as it is known, owned by ${call},
 * whether it is complete or not: its headers so far, no body.
 */
const struct http_response *http_partial(const struct http_call *call);

/**
 * http_sent(call):
 * Return true if part of the request of ${call} may have reached the server.
 */
bool http_sent(const struct http_call *call);

/**
 * http_unresolved(call):
 * Return true if ${call} has failed because the name of the host could not be
 * resolved.
 */
bool http_unresolved(const struct http_call *call);

/**
 * http_asked(h):
 * Return true if a server has asked for a client certificate.
 */
bool http_asked(const struct http *h);

/**
 * http_end(h, call):
 * Release ${call} (NULL is fine); abort it if it is still active.
 */
void http_end(struct http *h, struct http_call *call);

/**
 * http_perform(h, req, call, e):
 * Call http_start, http_wait and http_result.  Afterwards, whatever the result,
 * the caller must pass ${call} to http_end.
 */
const struct http_response *http_perform(struct http *h,
    const struct http_request *req, struct http_call **call, struct err *e);

/**
 * http_header(r, name, value, size):
 * Copy the value of the first header ${name} (lower case) to ${value}.
 * Return 1, 0 if it is absent, or -1 if it does not fit; for 0 and -1 ${value}
 * is "".
 */
int http_header(const struct http_response *r, const char *name, char *value,
    size_t size);

/**
 * http_retryable(status):
 * Return true for 408, 425, 429 and 5xx except 501 and 505.
 */
bool http_retryable(int status);

/**
 * http_class(status):
 * Return the class of an unsuccessful status: 401, 403 ERR_PERM;
 * http_retryable ERR_TEMP; else ERR_REFUSED.
 */
enum err_class http_class(int status);

#endif /* !NF_LIB_HTTP_HTTP_H */
