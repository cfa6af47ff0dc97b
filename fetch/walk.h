/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_WALK_H
#define NF_FETCH_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange.h"

/*
 * The walk over all pages of a source, in order, onto stdout: the next page
 * is on its way while this one is written.
 */
struct app;
struct err;
struct source;
struct stream_out;

struct walk_conf {
	bool seal;
	const char *run;    /* run id for the seal, or NULL */
	int64_t at;         /* start of the run, microseconds */
	const char *cursor; /* to go on from, raw JSON; NULL: the start */
	bool strict;        /* an answer that is incomplete is an error */
	uint64_t prefetch;  /* pages under way, the one being written too */
	struct app *app;    /* whose progress is shown */
};

/**
 * walk_run(s, conf, c, out, e):
 * Fetch all pages of ${s} through ${c} and write their records to ${out}.
 * Return 0, or -1: what exchange.h, paginate.h and stream.h say, and
 * ERR_TEMP with code total_mismatch; ERR_CONFIG for a cursor that is not of
 * this source.
 */
int walk_run(const struct source *s, const struct walk_conf *conf,
    struct exchange_client *c, struct stream_out *out, struct err *e);

#endif /* !NF_FETCH_WALK_H */
