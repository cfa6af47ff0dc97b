/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_ANSWER_H
#define NF_LOAD_BIGTABLE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A MutateRowsResponse (google/bigtable/v2/bigtable.proto), whose results are
 * recorded in the entries of its batch.
 */
struct batch;
struct err;

/* The RateLimitInfo of a response. */
struct answer_rate {
	bool present;
	double factor;
	int64_t period_ms;
};

/**
 * answer_note(b, p, n, rate, e):
 * Parse the ${n} bytes at ${p} and record each result in its entry of ${b}.
 * An index that the attempt did not send, or bytes that are not a response,
 * mark the batch as broken.  Return 0, or -1 (no memory).
 */
int answer_note(struct batch *b, const uint8_t *p, size_t n,
    struct answer_rate *rate, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_ANSWER_H */
