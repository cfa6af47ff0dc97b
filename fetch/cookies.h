/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_COOKIES_H
#define NF_FETCH_COOKIES_H

#include <stdint.h>

/*
 * Cookies (RFC 6265) of one origin, the source's, as long as the run: sessions
 * of a server, and which machine behind a balancer has them.  They go with
 * requests to that origin only, and are kept nowhere.
 */
struct cookies;
struct err;
struct http_response;
struct redact;
struct request;

/**
 * cookies_new(url, e) / cookies_free(c):
 * No cookies yet of the origin of ${url}, which is borrowed.
 */
struct cookies *cookies_new(const char *url, struct err *e);
void cookies_free(struct cookies *c);

/**
 * cookies_take(c, r, url):
 * Take those that answer ${r} to a request for ${url} sets; from another
 * origin none.  What is not a cookie for it is ignored.
 */
void cookies_take(struct cookies *c, const struct http_response *r,
    const char *url);

/**
 * cookies_apply(c, r, e):
 * Put those for it into request ${r}, if that goes to the origin and has none
 * of its own.  Return 0 or -1.
 */
int cookies_apply(const struct cookies *c, struct request *r, struct err *e);

/**
 * cookies_clear(c) / cookies_hide(c, hidden, e):
 * Forget them; make their values known to ${hidden} as credentials, return
 * 0 or -1.
 */
void cookies_clear(struct cookies *c);
int cookies_hide(const struct cookies *c, struct redact *hidden,
    struct err *e);

/**
 * cookies_changes(c), cookies_count(c):
 * Return how often a cookie was set to another value; how many there are.
 */
uint64_t cookies_changes(const struct cookies *c);
unsigned cookies_count(const struct cookies *c);

#endif /* !NF_FETCH_COOKIES_H */
