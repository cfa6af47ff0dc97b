/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_RESPONSE_H
#define NF_FETCH_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "fetch/source/rules.h"
#include "lib/base/err.h"

/*
 * The kind of a response: a redirect, a page, or something that may be the
 * beginning of a page.
 */
struct buf;
struct http_response;
struct page;
struct page_spec;

/**
 * response_redirects(status):
 * Return true if ${status} is a redirect.
 */
bool response_redirects(int status);

/**
 * response_refuse(status, class, why, e), response_meaning(status):
 * Fill ${e}: "HTTP 404" followed by ${why}, code http_404, and return -1.
 * Return what ${status} means for the user, for ${why}; or "".
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
 * Append to ${to} the URL to which ${r}, the response from ${from}, redirects.
 * Return 0 or -1: ERR_REFUSED, ERR_CONFIG (not http), ERR_DATA (not a URL).
 */
int response_target(const struct http_response *r, const char *from,
    struct buf *to, struct err *e);

/**
 * response_header(r, name, v, size):
 * Same as http_header, but ${name} may be in any case.
 */
int response_header(const struct http_response *r, const char *name, char *v,
    size_t size);

/**
 * response_plausible(r):
 * Return true if ${r}, an error, may come from a JSON API: its body is empty,
 * or JSON by its media type or its first byte.
 */
bool response_plausible(const struct http_response *r);

/**
 * response_unframed(r, spec):
 * Return true if ${r} consists of JSON lines and did not announce where they
 * end: a body cut at the end of a line would look like a complete page.
 */
bool response_unframed(const struct http_response *r,
    const struct page_spec *spec);

/**
 * response_values(r, e):
 * Return 0 if the body of ${r} may be parsed as one JSON text, or -1: ERR_DATA
 * with code too_many_values if the result would be too large.
 */
int response_values(const struct http_response *r, struct err *e);

/**
 * response_rule(r, spec, rules, which, e):
 * Return the action of the first of ${rules} that ${r} meets, and its index.
 * The body is read in the format of ${spec}: for lines, it is enough that one
 * meets a rule.  No rule matches a body that response_values rejects.  Return
 * RULES_NONE with ${e} filled if memory runs out.
 */
enum rules_action response_rule(const struct http_response *r,
    const struct page_spec *spec, struct rules *rules, size_t *which, struct err
    *e);

/**
 * response_page(r, spec, page, e):
 * Parse the body of ${r}, whose status is 2xx, into ${page}.  Return 0, or -1:
 * the errors of page_parse; ERR_DATA with code too_many_values, ERR_TEMP with
 * code unframed; ERR_REFUSED for partial content (206), which is never
 * requested.
 */
int response_page(const struct http_response *r, const struct page_spec *spec,
    struct page *page, struct err *e);

/**
 * response_cut(page, e):
 * Return true if the error of response_page for ${page} may be because the
 * body was cut off.
 */
bool response_cut(const struct page *page, const struct err *e);

#endif /* !NF_FETCH_RESPONSE_H */
