/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_GCS_REQUEST_H
#define NF_STAGE_STORE_GCS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/*
 * One request to Cloud Storage: credentials, retries until an attempt succeeds
 * or time is up, errors as Google words them.
 */
struct backoff;
struct cred;
struct err;
struct http;
struct http_call;
struct http_response;
struct store_conf;

/* The server that gets the requests, and the credentials used. */
struct gcs_request_peer {
	struct http *http;
	struct cred *cred; /* NULL: an emulator, no token is sent */
	const struct store_conf *conf;
	bool *moved;       /* the user knows that the run was copied here */
	char *base;        /* "https://storage.googleapis.com" */
	char *bucket;      /* percent-encoded */
};

struct gcs_request {
	const char *method;
	struct buf url;
	const char *header[4]; /* at most 3, "Name: value" */
	const void *body;      /* NULL: none */
	size_t body_len;
	int (*sink)(void *arg, const void *p, size_t n, struct err *e);
	void *sink_arg;
	struct http_call *call; /* holds the response */
};

/**
 * gcs_request_init(r, p, method, path, name) / gcs_request_fini(r, p):
 * Begin a request for BASE${path}/b/BUCKET/o, followed by /${name} if that is
 * not NULL.  The response is valid until gcs_request_fini.
 */
void gcs_request_init(struct gcs_request *r, const struct gcs_request_peer *p,
    const char *method, const char *path, const char *name);
void gcs_request_fini(struct gcs_request *r, const struct gcs_request_peer *p);

/**
 * gcs_request_init_url(r, method, url):
 * Begin a request for ${url}, used unchanged.
 */
void gcs_request_init_url(struct gcs_request *r, const char *method,
    const char *url);

/**
 * gcs_request_param(r, key, value):
 * Add a query parameter; ${value} is percent-encoded, NULL adds nothing.
 */
void gcs_request_param(struct gcs_request *r, const char *key,
    const char *value);
void gcs_request_param_u64(struct gcs_request *r, const char *key, uint64_t v);

/**
 * gcs_request_once(r, p, e):
 * Send the request once, with a new token if the last one was rejected.
 * Return the response, whatever its status, or NULL with ${e} (ERR_TEMP: try
 * again).
 */
const struct http_response *gcs_request_once(struct gcs_request *r,
    const struct gcs_request_peer *p, struct err *e);

/**
 * gcs_request_send(r, p, e):
 * Send the request until it gets a response that does not call for a retry, or
 * time is up.  Return that response or NULL.
 */
const struct http_response *gcs_request_send(struct gcs_request *r,
    const struct gcs_request_peer *p, struct err *e);

/**
 * gcs_request_backoff(b, p):
 * Start counting attempts in ${b}.
 */
void gcs_request_backoff(struct backoff *b, const struct gcs_request_peer *p);

/**
 * gcs_request_pause(b, at_least_ms, p, why, e):
 * An attempt failed with ${why}: wait before the next one.  Return 0, or -1 if
 * there must not be another attempt (${e} is filled if a signal was caught).
 */
int gcs_request_pause(struct backoff *b, int64_t at_least_ms,
    const struct gcs_request_peer *p, const struct err *why, struct err *e);

/**
 * gcs_request_failed(a, e):
 * Fill ${e} with the error that the response ${a} reports.  Return -1.
 */
int gcs_request_failed(const struct http_response *a, struct err *e);

#endif /* !NF_STAGE_STORE_GCS_REQUEST_H */
