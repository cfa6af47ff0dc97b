/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_VERDICT_H
#define NF_FETCH_VERDICT_H

#include <stdbool.h>

/*
 * What to do with a response: by the rules of the source, or else by its
 * status.
 */
struct err;
struct http_response;
struct source;

enum verdict {
	VERDICT_PAGE,     /* the body is a page, to be parsed */
	VERDICT_EMPTY,    /* it is a page without records */
	VERDICT_REDIRECT, /* follow it */
	VERDICT_RETRY,    /* try again, after its Retry-After if any */
	VERDICT_QUOTA,    /* one request too many: try later */
	VERDICT_FAIL
};

/**
 * verdict_find(s, r, asked, e):
 * Return what ${s} must do with ${r}, whose body is decoded; ${asked}: the
 * server requested a client certificate.  ${e} is filled for a retry (the
 * reason), a quota (ERR_TEMP) and a failure: ERR_REFUSED if a rule says so,
 * else the class of the status by http_class, code http_STATUS; ERR_CONFIG if
 * a client certificate is missing.
 */
enum verdict verdict_find(const struct source *s,
    const struct http_response *r, bool asked, struct err *e);

#endif /* !NF_FETCH_VERDICT_H */
