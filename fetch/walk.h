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
	const char *cursor; /* to go on from, raw JSON; NULL: the start */
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

/**
 * walk_about(s, conf, c, out, record, e) / walk_free(w):
 * Begin a walk about ${record}: ask for its first page.  All but ${e} are
 * borrowed.  Nothing is sealed, and the cursor of ${conf} is not looked at.
 * Return NULL: what exchange_new says.
 */
struct walk *walk_about(const struct source *s, const struct walk_conf *conf,
    struct exchange_client *c, struct stream_out *out,
    const struct scan *record, struct err *e);
void walk_free(struct walk *w);

/**
 * walk_finish(w, most, later, into, e):
 * Walk to the end with ${most} pages under way; ${later}: a walk about another
 * record ended before.  Append the records with a comma after each to ${into}
 * (NULL: write them to the output).  Return its proof, which is ${w}'s, or
 * NULL: as walk_run.
 */
const struct proof *walk_finish(struct walk *w, unsigned most, bool later,
    struct buf *into, struct err *e);

/**
 * walk_note_seen(w, all):
 * Add to ${all} what ${w}, or walks before it, found of what the source names.
 */
void walk_note_seen(const struct walk *w, struct paginate_seen *all);

/**
 * walk_check_proof(s, p, e):
 * Return 0 if ${p} is proof enough for ${s}, else -1 with ERR_TEMP, code
 * unproven.
 */
int walk_check_proof(const struct source *s, const struct proof *p,
    struct err *e);

#endif /* !NF_FETCH_WALK_H */
