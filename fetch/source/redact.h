/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_REDACT_H
#define NF_FETCH_SOURCE_REDACT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Secrets that must not be shown or stored, although an API may repeat them:
 * the values of the variables {env.NAME} in the templates of a source, the
 * credentials that are sent (those of at least four bytes, the last 16), and
 * the query parameter that carries its API key.
 */
#define REDACT_MASK "***"

struct buf;
struct err;
struct redact;
struct source;

/**
 * redact_new(s, e) / redact_free(h):
 * Collect the secrets of source ${s} (borrowed).
 */
struct redact *redact_new(const struct source *s, struct err *e);
void redact_free(struct redact *h);

/**
 * redact_add(h, text, e):
 * Hide the credential ${text}, too; NULL means that there was no memory for
 * it.  Return 0 or -1: ERR_IO.
 */
int redact_add(struct redact *h, const char *text, struct err *e);

/**
 * redact_in(h, p, n):
 * Return true if one of the secrets is in the ${n} bytes at ${p}, as is,
 * percent-encoded or masked (in a recording).
 */
bool redact_in(const struct redact *h, const void *p, size_t n);

/**
 * redact_mask(h, p, n, out):
 * Append the ${n} bytes at ${p} with "***" for each secret and for the value
 * of the API key's parameter.
 */
void redact_mask(const struct redact *h, const void *p, size_t n,
    struct buf *out);

/**
 * redact_place(h, url, out):
 * Return the form of ${url} for messages, built in ${out}, if it contains
 * something to hide; NULL if not.
 */
const char *redact_place(const struct redact *h, const struct buf *url,
    struct buf *out);

/**
 * redact_strip(h, url, out):
 * Append ${url} without the parameter that carries the API key.
 */
void redact_strip(const struct redact *h, const char *url, struct buf *out);

/**
 * redact_repeats(h, url, n):
 * Return true if the ${n} bytes of ${url}, or of a cursor, repeat a secret or
 * a parameter that is made of one.
 */
bool redact_repeats(const struct redact *h, const char *url, size_t n);

/**
 * redact_url(url, out), redact_header(line, out), redact_members(obj):
 * These hide values whose names suggest a credential.  Append ${url} for
 * people, with such parameters as REDACT_MASK; append header ${line}, with its
 * value masked in the same way; replace such members of ${obj} (NULL: none),
 * except templates.  redact_members returns 0, or -1 without memory.
 */
void redact_url(const char *url, struct buf *out);
void redact_header(const char *line, struct buf *out);
int redact_members(json_t *obj);

#endif /* !NF_FETCH_SOURCE_REDACT_H */
