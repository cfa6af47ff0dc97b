/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_PARTIAL_H
#define NF_FETCH_PARTIAL_H

#include <stdbool.h>

/*
 * Responses that have records and say that some are missing: GraphQL's
 * "errors", Elasticsearch's "_shards" and "timed_out", OData's "error".
 */
struct err;
struct page;

/**
 * partial_check(p, strict, e):
 * If ${p} says that records are missing, report a warning and return 0, or
 * with ${strict} return -1 with ERR_TEMP, code partial.
 */
int partial_check(const struct page *p, bool strict, struct err *e);

#endif /* !NF_FETCH_PARTIAL_H */
