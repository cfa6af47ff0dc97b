/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_COOKIES_H
#define NF_FETCH_COOKIES_H

#include <stdint.h>

/*
 * Cookies (RFC 6265) of one origin, that of the source, for the duration of
 * the run: they identify a session on a server, or the machine behind a load
 * balancer that holds it.  They are sent only to that origin and are never
 * stored.
 */
struct cookies;
struct err;
struct http_response;
struct redact;
struct request;

/**
 * cookies_new(url, e) / cookies_free(c):
 * Create an empty set of cookies for the origin of ${url}, which is borrowed.
 */
struct cookies *cookies_new(const char *url, struct err *e);
void cookies_free(struct cookies *c);

/**
 * cookies_take(c, r, url):
 * Store the cookies that ${r}, the response to a request for ${url}, sets.
 * Responses from another origin and invalid cookies are ignored.
 */
void cookies_take(struct cookies *c, const struct http_response *r,
    const char *url);

/**
 * cookies_apply(c, r, e):
 * Add the matching cookies to request ${r}, if it goes to the origin and does
 * not set cookies itself.  Return 0 or -1.
 */
int cookies_apply(const struct cookies *c, struct request *r, struct err *e);

/**
 * cookies_clear(c) / cookies_hide(c, hidden, e):
 * Delete all cookies; add their values to ${hidden} as credentials and return
 * 0 or -1.
 */
void cookies_clear(struct cookies *c);
int cookies_hide(const struct cookies *c, struct redact *hidden,
    struct err *e);

/**
 * cookies_changes(c), cookies_count(c):
 * Return how often a cookie was set to a new value; return the number of
 * cookies.
 */
uint64_t cookies_changes(const struct cookies *c);
unsigned cookies_count(const struct cookies *c);

#endif /* !NF_FETCH_COOKIES_H */
