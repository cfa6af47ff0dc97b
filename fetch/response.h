/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_RESPONSE_H
#define NF_FETCH_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "fetch/source/rules.h"
#include "lib/base/err.h"

/*
 * What an answer is: a redirect, a page, or something that may be the begin
 * of one.
 */
struct buf;
struct http_response;
struct page;
struct page_spec;

/**
 * response_redirects(status):
 * Return true if ${status} sends us elsewhere.
 */
bool response_redirects(int status);

/**
 * response_refuse(status, class, why, e), response_meaning(status):
 * Fill ${e}: "HTTP 404" and ${why} after it, code http_404.  Return -1.
 * Return what a status asks of the user, for ${why}; or "".
 */
int response_refuse(int status, enum err_class class, const char *why,
    struct err *e);
const char *response_meaning(int status);

/**
 * response_copy(r, to, e):
 * Copy ${r} to ${to}, whose headers and body the caller frees.  Return 0, or
 * -1: no memory.
 */
int response_copy(const struct http_response *r, struct http_response *to,
    struct err *e);

/**
 * response_target(r, from, to, e):
 * Append to ${to} where ${r}, in answer to ${from}, sends us.  Return 0 or
 * -1: ERR_REFUSED, ERR_CONFIG (no http), ERR_DATA (no URL).
 */
int response_target(const struct http_response *r, const char *from,
    struct buf *to, struct err *e);

/**
 * response_header(r, name, v, size):
 * As http_header, ${name} being written in any case.
 */
int response_header(const struct http_response *r, const char *name, char *v,
    size_t size);

/**
 * response_plausible(r):
 * Return true if ${r}, an error, may be what an API of JSON says: its body is
 * empty, or JSON by its media type or how it begins.
 */
bool response_plausible(const struct http_response *r);

/**
 * response_unframed(r, spec):
 * Return true if ${r} is lines of JSON and did not say where they end: every
 * cut at the end of a line would look like a whole page.
 */
bool response_unframed(const struct http_response *r,
    const struct page_spec *spec);

/**
 * response_values(r, e):
 * Return 0 if the body of ${r} may be parsed as one JSON text, or -1:
 * ERR_DATA with code too_many_values, what it makes would be too large.
 */
int response_values(const struct http_response *r, struct err *e);

/**
 * response_rule(r, spec, rules, which, e):
 * Return what the first of ${rules} that ${r} meets says, and its index.  The
     body is read as ${spec} has
 * it read: of lines, one that meets a rule is enough.  No rule finds anything
     in a body that response_values refuses.  Return
 * RULES_NONE with ${e} filled if there is no memory.
 */
enum rules_action response_rule(const struct http_response *r,
    const struct page_spec *spec, struct rules *rules, size_t *which, struct err
    *e);

/**
 * response_page(r, spec, page, e):
 * Parse the body of ${r}, whose status is 2xx, into ${page}.  Return 0, or
 * -1: what page_parse says; ERR_DATA with code too_many_values, ERR_TEMP
 * with code unframed; ERR_REFUSED for a part (206) of bytes, which is
 * never asked for.
 */
int response_page(const struct http_response *r, const struct page_spec *spec,
    struct page *page, struct err *e);

/**
 * response_cut(page, e):
 * Return true if what response_page said of ${page} may be because the body
 * was cut off.
 */
bool response_cut(const struct page *page, const struct err *e);

#endif /* !NF_FETCH_RESPONSE_H */
