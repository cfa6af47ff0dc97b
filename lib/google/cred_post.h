/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_GOOGLE_CRED_POST_H
#define NF_LIB_GOOGLE_CRED_POST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Requests to token endpoints: limits, and the hosts that are allowed.  Part
 * of cred.c.
 */
struct buf;
struct err;
struct http;
struct http_request;

/**
 * cred_post_allowed(url):
 * Return true if a secret may be sent to ${url}: https to a host of
 * googleapis.com or to accounts.google.com, or a HOST[:PORT] that the
 * environment variable NF_CRED_HOSTS names (separated by commas).
 */
bool cred_post_allowed(const char *url);

/**
 * cred_post_form(form, key, value):
 * Append a member of an application/x-www-form-urlencoded body.
 */
void cred_post_form(struct buf *form, const char *key, const char *value);

/**
 * cred_post_send(h, req, out, wait_ms, e):
 * Send ${req} once and append the body of a 200 response to ${out}.  If the
 * server asks for a delay longer than ${wait_ms}, store it there.  Return 0 or
 * -1: ERR_PERM with the error that the server names, ERR_TEMP.
 */
int cred_post_send(struct http *h, const struct http_request *req,
    struct buf *out, int64_t *wait_ms, struct err *e);

/**
 * cred_post_json(h, url, auth, type, body, wait_ms, e):
 * POST ${body} of content type ${type} with the header ${auth} (or NULL).
 * Return the JSON object in the response, to be released by the caller, or
 * NULL; ${wait_ms} as for cred_post_send.
 */
json_t *cred_post_json(struct http *h, const char *url, const char *auth,
    const char *type, const struct buf *body, int64_t *wait_ms,
    struct err *e);

/**
 * cred_post_text(o, key):
 * Return the string at member ${key} of ${o}, which may be NULL; NULL if
 * absent.  It is borrowed.
 */
const char *cred_post_text(const json_t *o, const char *key);

#endif /* !NF_LIB_GOOGLE_CRED_POST_H */
