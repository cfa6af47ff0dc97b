/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_TRACE_H
#define NF_FETCH_TRACE_H

#include <stdint.h>

/*
 * What -v and -vv show of each request, without the secrets in it.
 */
struct err;
struct http_response;
struct redact;

/* A request that has ended; all of it is borrowed. */
struct trace {
	const struct redact *hidden;
	const char *method, *url;
	const char *const *headers;          /* sent; ends in NULL */
	const struct http_response *answer;  /* NULL: none came ... */
	const struct err *why;               /* ... because of this */
	int64_t ms;                          /* that it took */
};

/**
 * trace_call(t):
 * With -v one line: method, URL, status, time, size; with -vv the headers that
 * were sent and received, too.
 */
void trace_call(const struct trace *t);

#endif /* !NF_FETCH_TRACE_H */
