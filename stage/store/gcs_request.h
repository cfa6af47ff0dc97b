/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_GCS_REQUEST_H
#define NF_STAGE_STORE_GCS_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/*
 * One request to Cloud Storage: credentials, attempts until one succeeds or
 * time is up, errors as Google words them.
 */
struct backoff;
struct cred;
struct err;
struct http;
struct http_call;
struct http_response;
struct store_conf;

/* Who is asked, and on whose behalf. */
struct gcsrequest_peer {
	struct http *http;
	struct cred *cred; /* NULL: an emulator, which gets no token */
	const struct store_conf *conf;
	char *base;        /* "https://storage.googleapis.com" */
	char *bucket;      /* percent-encoded */
};

struct gcsrequest {
	const char *method;
	struct buf url;
	const char *header[4]; /* up to 3, "Name: value" */
	const void *body;      /* NULL: none */
	size_t body_len;
	int (*sink)(void *arg, const void *p, size_t n, struct err *e);
	void *sink_arg;
	struct http_call *call; /* holds the answer */
};

/**
 * gcsrequest_init(r, p, method, path, name) / gcsrequest_fini(r, p):
 * Begin a request for BASE${path}/b/BUCKET/o, followed by /${name} if that
 * is not NULL.  The answer is valid until gcsrequest_fini.
 */
void gcsrequest_init(struct gcsrequest *r, const struct gcsrequest_peer *p,
    const char *method, const char *path, const char *name);
void gcsrequest_fini(struct gcsrequest *r, const struct gcsrequest_peer *p);

/**
 * gcsrequest_init_url(r, method, url):
 * Begin a request for ${url} as it is.
 */
void gcsrequest_init_url(struct gcsrequest *r, const char *method,
    const char *url);

/**
 * gcsrequest_param(r, key, value):
 * Add a query parameter; ${value} is encoded, NULL adds none.
 */
void gcsrequest_param(struct gcsrequest *r, const char *key,
    const char *value);
void gcsrequest_param_u64(struct gcsrequest *r, const char *key, uint64_t v);

/**
 * gcsrequest_once(r, p, e):
 * Send it once, with a fresh token if the last one was refused.  Return the
 * answer, whatever its status, or NULL with ${e} (ERR_TEMP: try again).
 */
const struct http_response *gcsrequest_once(struct gcsrequest *r,
    const struct gcsrequest_peer *p, struct err *e);

/**
 * gcsrequest_send(r, p, e):
 * Send it until it gets an answer that is not one to try again after, or
 * time is up.  Return that answer or NULL.
 */
const struct http_response *gcsrequest_send(struct gcsrequest *r,
    const struct gcsrequest_peer *p, struct err *e);

/**
 * gcsrequest_backoff(b, p):
 * Begin to count attempts in ${b}.
 */
void gcsrequest_backoff(struct backoff *b, const struct gcsrequest_peer *p);

/**
 * gcsrequest_pause(b, at_least_ms, p, why, e):
 * An attempt failed with ${why}: wait before the next.  Return 0, or -1 if
 * there is to be none (${e} is filled if a signal was caught).
 */
int gcsrequest_pause(struct backoff *b, int64_t at_least_ms,
    const struct gcsrequest_peer *p, const struct err *why, struct err *e);

/**
 * gcsrequest_failed(a, e):
 * Fill ${e} with what the unwanted answer ${a} says.  Return -1.
 */
int gcsrequest_failed(const struct http_response *a, struct err *e);

#endif /* !NF_STAGE_STORE_GCS_REQUEST_H */
