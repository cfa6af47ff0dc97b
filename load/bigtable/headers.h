/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_HEADERS_H
#define NF_LOAD_BIGTABLE_HEADERS_H

#include <grpc/grpc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * gRPC metadata: the headers that a call to Bigtable sends, and those in the
 * server's response that matter to the next attempt.
 */
struct cookies;

#define HEADERS_MAX 14

/* Values for the headers of a call; the strings are copied. */
struct headers_source {
	const char *params;   /* x-goog-request-params */
	const char *features; /* bigtable-features, or NULL */
	const struct cookies *cookies; /* or NULL */
	const char *token;    /* for authorization, or NULL */
	const char *project;  /* x-goog-user-project, or NULL */
	const char *user_agent; /* its version goes to x-goog-api-client */
};

struct headers {
	grpc_metadata md[HEADERS_MAX];
	size_t n;
};

/**
 * headers_fill(h, from) / headers_free(h):
 * Fill ${h} from ${from}; a project is billed only if there is a token.
 */
void headers_fill(struct headers *h, const struct headers_source *from);
void headers_free(struct headers *h);

/**
 * headers_cookies(a, c):
 * Store the routing cookies (x-goog-cbt-cookie*) of ${a} in ${c}; a newer one
 * replaces an older one.
 */
void headers_cookies(const grpc_metadata_array *a, struct cookies *c);

/**
 * headers_retry_info(a):
 * Return the delay of a google.rpc.RetryInfo in grpc-status-details-bin, in
 * milliseconds, or -1 if absent.
 */
int64_t headers_retry_info(const grpc_metadata_array *a);

/**
 * headers_date(a, text, size):
 * Copy the server's Date header in ${a} to ${text}.  Return true, or false if
 * there is no Date that fits; then ${text} is unchanged.
 */
bool headers_date(const grpc_metadata_array *a, char *text, size_t size);

#endif /* !NF_LOAD_BIGTABLE_HEADERS_H */
