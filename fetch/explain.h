/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_EXPLAIN_H
#define NF_FETCH_EXPLAIN_H

/*
 * What a person needs to know of an answer that is an error, behind what is
 * wrong with it.
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
	struct buf *url;   /* that was asked for, without credentials */
};

/**
 * explain_answer(x, e):
 * Add to ${e} what the API says itself, or what came instead of JSON, or which
 * options would name the records; and what came from where.  Its class and
 * code stay.
 */
void explain_answer(const struct explain *x, struct err *e);

/**
 * explain_certificate(e):
 * ${e} is that the server wants a client certificate: say which options have
 * it.  What seems temporary becomes ERR_CONFIG.
 */
void explain_certificate(struct err *e);

#endif /* !NF_FETCH_EXPLAIN_H */
