/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_VERDICT_H
#define NF_FETCH_VERDICT_H

#include <stdbool.h>

/*
 * What is to be done with an answer: as the rules of the source say, or else
 * its status.
 */
struct err;
struct http_response;
struct source;

enum verdict {
	VERDICT_PAGE,     /* the body is a page, to be parsed */
	VERDICT_EMPTY,    /* it is a page without records */
	VERDICT_REDIRECT, /* ask there */
	VERDICT_RETRY,    /* ask again, after its Retry-After if it has one */
	VERDICT_QUOTA,    /* the request was one too many: ask later */
	VERDICT_FAIL
};

/**
 * verdict_find(s, r, asked, e):
 * Return what ${s} has to do with ${r}, whose body is decoded; ${asked}: the
 * server asked for a client certificate.  ${e} is filled for a retry (why), a
 * quota (ERR_TEMP) and a failure: ERR_REFUSED for a rule that says so, else
 * what http_class says of the status, code http_STATUS; ERR_CONFIG if a client
 * certificate is missing.
 */
enum verdict verdict_find(const struct source *s,
    const struct http_response *r, bool asked, struct err *e);

#endif /* !NF_FETCH_VERDICT_H */
