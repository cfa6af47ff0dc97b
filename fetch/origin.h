/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_ORIGIN_H
#define NF_FETCH_ORIGIN_H

#include <stdbool.h>

/*
 * Where requests and credentials may go.  Both may go to the origin (scheme,
 * host, port) of the source's URL; requests without credentials may also go to
 * the origins that the source allows by name.
 */
struct buf;
struct err;
struct source;

/**
 * origin_check(s, url, own, e):
 * Return 0 if a request for ${s} may go to ${url}, and set ${own} to whether
 * that is the source's own origin; else -1 with ERR_REFUSED, code cross_origin
 * or downgrade (https to http).
 */
int origin_check(const struct source *s, const char *url, bool *own,
    struct err *e);

/**
 * origin_private(s, url, e):
 * Return 0 if credentials may be sent to ${url}: over https, to this machine,
 * or if ${s} allows it; else -1 with ERR_CONFIG, code plain_http.
 */
int origin_private(const struct source *s, const char *url, struct err *e);

#endif /* !NF_FETCH_ORIGIN_H */
