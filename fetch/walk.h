/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_WALK_H
#define NF_FETCH_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange.h"

/*
 * The walk over all pages of a source, in order, to stdout: the next page is
 * fetched while this one is written.
 */
struct app;
struct buf;
struct err;
struct paginate_seen;
struct proof;
struct scan;
struct source;
struct stream_out;
struct walk;

struct walk_conf {
	bool seal;
	const char *run;    /* run id for the seal, or NULL */
	int64_t at;         /* start of the run, microseconds */
	const char *cursor; /* to resume from, raw JSON; NULL: the start */
	uint64_t prefetch;  /* pages under way, including the current one */
	struct app *app;    /* whose progress is shown */
};

/**
 * walk_run(s, conf, c, out, e):
 * Fetch all pages of ${s} through ${c} and write their records to ${out}.
 * Return 0, or -1: the errors of exchange.h, paginate.h and stream.h, and
 * ERR_TEMP with code total_mismatch; ERR_CONFIG for a cursor of another
 * source.
 */
int walk_run(const struct source *s, const struct walk_conf *conf,
    struct exchange_client *c, struct stream_out *out, struct err *e);

/**
 * walk_about(s, conf, c, out, record, e) / walk_free(w):
 * Start a walk for ${record}: request its first page.  All arguments but ${e}
 * are borrowed.  Nothing is sealed, and the cursor of ${conf} is ignored.
 * Return NULL on error: those of exchange_new.
 */
struct walk *walk_about(const struct source *s, const struct walk_conf *conf,
    struct exchange_client *c, struct stream_out *out,
    const struct scan *record, struct err *e);
void walk_free(struct walk *w);

/**
 * walk_finish(w, most, later, into, e):
 * Walk to the end with ${most} pages under way; ${later}: a walk for another
 * record ended before.  Append the records with a comma after each to ${into}
 * (NULL: write them to the output).  Return the proof, which ${w} owns, or
 * NULL: the errors of walk_run.
 */
const struct proof *walk_finish(struct walk *w, unsigned most, bool later,
    struct buf *into, struct err *e);

/**
 * walk_note_seen(w, all):
 * Add to ${all} which places of the source ${w}, or walks before it, found.
 */
void walk_note_seen(const struct walk *w, struct paginate_seen *all);

/**
 * walk_check_proof(s, p, e):
 * Return 0 if ${p} is sufficient proof for ${s}, else -1 with ERR_TEMP, code
 * unproven.
 */
int walk_check_proof(const struct source *s, const struct proof *p,
    struct err *e);

#endif /* !NF_FETCH_WALK_H */
