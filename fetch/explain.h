/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_EXPLAIN_H
#define NF_FETCH_EXPLAIN_H

/*
 * Details for people about an error response, added after the error itself.
 */
struct buf;
struct err;
struct http_response;
struct page;
struct redact;
struct source;

/* All borrowed. */
struct explain {
	const struct source *source;
	struct redact *hidden;
	const struct http_response *response;
	struct page *page; /* as far as it was parsed */
	struct buf *url;   /* requested, without credentials */
};

/**
 * explain_answer(x, e):
 * Add to ${e} the API's own message, or the kind of content that came instead
 * of JSON, or the options that would name the records; and the URL it came
 * from.  The class and code of ${e} do not change.
 */
void explain_answer(const struct explain *x, struct err *e);

/**
 * explain_certificate(e):
 * ${e} says that the server wants a client certificate: name the options for
 * it.  A class that seems temporary becomes ERR_CONFIG.
 */
void explain_certificate(struct err *e);

#endif /* !NF_FETCH_EXPLAIN_H */
