/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_TRACE_H
#define NF_FETCH_TRACE_H

#include <stdint.h>

/*
 * Counts each request that has ended; with -v and -vv, shows it without the
 * secrets in it.
 */
struct err;
struct http_response;
struct metrics;
struct redact;

/* A request that has ended; all of it is borrowed. */
struct trace {
	const struct redact *hidden;
	struct metrics *metrics;
	const char *method, *url;
	const char *const *headers;          /* sent; ends in NULL */
	const struct http_response *answer;  /* NULL: none came, */
	const struct err *why;               /* because of this */
	int64_t ms;                          /* duration */
};

/**
 * trace_call(t):
 * Count ${t}.  With -v print one line: method, URL, status, time, size; with
 * -vv also the headers that were sent and received.
 */
void trace_call(const struct trace *t);

#endif /* !NF_FETCH_TRACE_H */
