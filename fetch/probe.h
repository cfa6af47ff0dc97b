/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_PROBE_H
#define NF_FETCH_PROBE_H

/*
 * --probe: propose, from one response of an API, how to fetch it, for a person
 * to confirm.
 */
struct buf;
struct err;
struct exchange_client;
struct source;

/**
 * probe_run(s, c, out, e):
 * Send the first request of ${s} through ${c}, complete its document with what
 * the response shows, and append that to ${out}; report each finding and the
 * options for it.  Return 0, or -1: the errors of exchange.h.
 */
int probe_run(struct source *s, struct exchange_client *c, struct buf *out,
    struct err *e);

#endif /* !NF_FETCH_PROBE_H */
