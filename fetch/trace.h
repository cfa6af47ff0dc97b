/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_TRACE_H
#define NF_FETCH_TRACE_H

#include <stdint.h>

/*
 * Each request that has ended, counted; with -v and -vv shown, without the
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
	const struct http_response *answer;  /* NULL: none came ... */
	const struct err *why;               /* ... because of this */
	int64_t ms;                          /* that it took */
};

/**
 * trace_call(t):
 * Count ${t}.  With -v one line: method, URL, status, time, size; with -vv the
 * headers that were sent and received, too.
 */
void trace_call(const struct trace *t);

#endif /* !NF_FETCH_TRACE_H */
