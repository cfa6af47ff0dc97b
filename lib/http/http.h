/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_HTTP_HTTP_H
#define NF_LIB_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/*
 * HTTP over libcurl's multi interface: several calls at once, each with its
 * limits; redirects are never followed here, credentials never travel
 * further than the URL they were given for.  What to retry is said
 * (http_retryable), when is backoff.h's business.  Nothing is retried here,
 * but libcurl sends a request again if a kept connection turns out to be
 * closed, unless the request says once.
 *
 * Time limits run only while http_wait does, and not inside a sink: a caller
 * that is held up by its own output does not make its calls late.
 */
struct http;
struct http_call;

struct http_conf {
	uint64_t connect_ms;    /* to connect, TLS included */
	uint64_t first_byte_ms; /* from the request's end to the first byte */
	uint64_t total_ms;      /* one call from start to end */
	uint32_t low_speed;     /* bytes a second; slower ... */
	uint32_t low_speed_s;   /* ... for so many seconds is a failure */
	uint64_t max_body;      /* bytes of a decoded body kept in memory */
	uint32_t max_ratio;     /* decoded to received bytes, from 1 MiB on */
	const char *user_agent;
	const char *proxy;   /* NULL: see proxy_find; "": none */
	const char *ca_file; /* NULL: $SSL_CERT_FILE or the system's */
	const char *cert;    /* client certificate or NULL: a PEM file, or a
	                        PKCS#12 file with its key */
	const char *key;     /* its key (PEM file) or NULL: in ${cert} */
	const char *key_password; /* of the key, or NULL */
};

/* All strings and bytes are borrowed until the call ends. */
struct http_request {
	const char *method; /* "GET" */
	const char *url;    /* http or https, without user info */
	const char *place;  /* what messages call it; NULL: less its query */
	/*
	 * "Name: value", ends in NULL; or NULL.  With Accept-Encoding among
	 * them the body is handed on as it is sent, not decoded.
	 */
	const char *const *headers;
	const void *body; /* NULL: none */
	size_t body_len;
	bool once; /* not idempotent: must not reach the server twice */
	bool bare; /* the client certificate is not for this server */
	bool secret; /* the body of the answer is wiped when it is freed */
	/*
	 * Gets the body as it comes, if the status is 200 or 206, instead of
	 * it being kept; may be NULL.  Returns 0 to go on, -1 (with ${e}
	 * filled) to stop.
	 */
	int (*sink)(void *arg, const void *p, size_t n, struct err *e);
	void *sink_arg;
};

struct http_response {
	int status;             /* 200, ...; 0 if there was no answer */
	bool framed;            /* its end was given: a length, chunks, HTTP/2;
	                           else it may have been cut off */
	struct buf headers;     /* "name: value\n" each, names in lower case */
	struct buf body;        /* decoded; SCAN_PAD bytes after it */
	uint64_t received;      /* bytes of body on the wire */
	int64_t retry_after_ms; /* -1: not asked for; else 0 or more */
	double seconds;         /* from the start of the call to its end */
};

/**
 * http_libraries():
 * Return the names and versions of libcurl and of what it uses.
 */
const char *http_libraries(void);

/**
 * http_conf_default(c):
 * Fill ${c} with defaults.
 */
void http_conf_default(struct http_conf *c);

/**
 * http_new(c, e) / http_free(h):
 * A set of connections.  ${c} is copied, its strings are borrowed.
 */
struct http *http_new(const struct http_conf *c, struct err *e);
void http_free(struct http *h);

/**
 * http_start(h, req, e):
 * Start a call; it makes progress inside http_wait.  Return it, or NULL
 * (ERR_CONFIG for a URL or header that is not valid: CR, LF, NUL, other
 * scheme).
 */
struct http_call *http_start(struct http *h, const struct http_request *req,
    struct err *e);

/**
 * http_wait(h, call, timeout_ms, e):
 * Drive all calls until ${call} has ended, for ${timeout_ms} at most (-1: no
 * limit; 0: only look).  With NULL, until any call has ended that no
 * http_wait has returned yet; without a call under way that means to sleep.
 * Return 1 if ${call} has ended, 0 if time is up, -1 on ERR_SIGNAL or after
 * http_cancel.
 */
int http_wait(struct http *h, struct http_call *call, int64_t timeout_ms,
    struct err *e);

/**
 * http_cancel(h) / http_cancelled(h):
 * From any thread: what is in http_wait, or comes there, returns -1 with
 * ERR_IO from now on; ask whether that was said.
 */
void http_cancel(struct http *h);
bool http_cancelled(struct http *h);

/**
 * http_result(call, e):
 * Return the response of a call that has ended, owned by the call; NULL if
 * no whole answer came: ERR_TEMP (name not resolved, connection refused,
 * reset, cut, timed out; code bad_gzip: the end of a compressed body or its
 * checksum is not there), ERR_DATA (code body_too_large, bomb,
 * headers_too_large, bad_encoding), ERR_CONFIG (TLS), or what the sink said.
 * Code client_certificate: the server wants one, or the one given cannot
 * be read (ERR_CONFIG); the server asked for one and broke off
 * (ERR_TEMP), or refuses it (ERR_PERM).
 * The message begins with what it calls the URL.
 */
const struct http_response *http_result(struct http_call *call,
    struct err *e);

/**
 * http_partial(call):
 * Return what is known of the answer of ${call}, owned by it, whether that is
 * whole or broke off: its headers, so far; no body.
 */
const struct http_response *http_partial(const struct http_call *call);

/**
 * http_sent(call):
 * Return true if some of the request of ${call} may have reached the server.
 */
bool http_sent(const struct http_call *call);

/**
 * http_unresolved(call):
 * Return true if ${call} has ended because the name of the host could not be
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
 * Forget ${call} (NULL is fine), aborting it if it is still under way.
 */
void http_end(struct http *h, struct http_call *call);

/**
 * http_perform(h, req, call, e):
 * http_start, http_wait and http_result in one; ${call} is what http_end
 * must be given afterwards, whatever is returned.
 */
const struct http_response *http_perform(struct http *h,
    const struct http_request *req, struct http_call **call, struct err *e);

/**
 * http_header(r, name, value, size):
 * Copy the value of the first header ${name} (lower case) to ${value}.
 * Return 1; 0 if absent, -1 if it does not fit: ${value} is "" then.
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
