/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_PROBE_H
#define NF_FETCH_PROBE_H

/*
 * --probe: what one answer of an API shows of how it is to be fetched, as a
 * proposal that a person confirms.
 */
struct buf;
struct err;
struct exchange_client;
struct source;

/**
 * probe_run(s, c, out, e):
 * Send the first request of ${s} through ${c}, complete its document with what
 * the answer shows, and append that to ${out}; what was found, and as which
 * options, is reported.  Return 0, or -1: what exchange.h says.
 */
int probe_run(struct source *s, struct exchange_client *c, struct buf *out,
    struct err *e);

#endif /* !NF_FETCH_PROBE_H */
