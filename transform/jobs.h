/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_JOBS_H
#define NF_TRANSFORM_JOBS_H

/*
 * Several threads: the records are dealt out in batches, and the results are
 * passed on in the order of the input, so that the output, the rejects and the
 * place where a run stops are the same as with one thread.
 */
struct err;
struct sink;
struct stream;

/**
 * jobs_run(sink, in, n, e):
 * Transform all of ${in} with ${n} threads.  Return 0 or -1.
 */
int jobs_run(struct sink *sink, struct stream *in, unsigned n,
    struct err *e);

#endif /* !NF_TRANSFORM_JOBS_H */
