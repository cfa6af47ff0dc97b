/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_SOURCE_REQUEST_H
#define NF_FETCH_SOURCE_SOURCE_REQUEST_H

/*
 * The request: URL, method, query and body of a source.
 */
struct config;
struct err;
struct source_pairs;
struct source_request;

/**
 * source_request_load(q, c, e) / source_request_free(q):
 * Read "url", "method", "query" and "body" of ${c}.  Return 0, or -1 with
 * ERR_CONFIG; ${q} must be freed in both cases.
 */
int source_request_load(struct source_request *q, const struct config *c,
    struct err *e);
void source_request_free(struct source_request *q);

/**
 * source_request_pairs(c, key, p, e):
 * Read member ${key} of ${c}, an object of texts or arrays of texts, as
 * pairs; ${p}->item is to be freed.  Return 0, or -1 with ERR_CONFIG.
 */
int source_request_pairs(const struct config *c, const char *key,
    struct source_pairs *p, struct err *e);

#endif /* !NF_FETCH_SOURCE_SOURCE_REQUEST_H */
