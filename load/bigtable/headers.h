/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_HEADERS_H
#define NF_LOAD_BIGTABLE_HEADERS_H

#include <grpc/grpc.h>
#include <stdint.h>

/*
 * gRPC metadata: what a call to Bigtable sends along, and what of the
 * server's answer matters to the next attempt.
 */
struct rpc_cookies;
struct rpc_request;

#define HEADERS_MAX 14

struct headers {
	grpc_metadata md[HEADERS_MAX];
	size_t n;
};

/**
 * headers_fill(h, req, token, project, user_agent) / headers_free(h):
 * Write the headers of ${req}: x-goog-request-params, bigtable-features,
 * x-goog-api-client, routing cookies, authorization if ${token} is not NULL,
 * x-goog-user-project if ${project} is not.  All is copied.
 */
void headers_fill(struct headers *h, const struct rpc_request *req,
    const char *token, const char *project, const char *user_agent);
void headers_free(struct headers *h);

/**
 * headers_cookies(a, c):
 * Keep the routing cookies (x-goog-cbt-cookie*) among ${a} in ${c}; a newer
 * one replaces an older.
 */
void headers_cookies(const grpc_metadata_array *a, struct rpc_cookies *c);

/**
 * headers_retry_info(a):
 * Return the delay of a google.rpc.RetryInfo in grpc-status-details-bin, in
 * milliseconds, or -1 if there is none.
 */
int64_t headers_retry_info(const grpc_metadata_array *a);

#endif /* !NF_LOAD_BIGTABLE_HEADERS_H */
