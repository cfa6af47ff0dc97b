/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_MANIFEST_H
#define NF_STAGE_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/stream/proof.h"
#include "receipt.h"
#include "run_info.h"

/*
 * RUN/_nf/manifest.json: the commit of a run, one chain of receipts in
 * order.  The first one made is the run's, for ever.
 */
#define MANIFEST_NAME "_nf/manifest.json"

struct err;
struct store;

struct manifest {
	struct run_info run;
	int64_t end; /* when it was committed, microseconds since 1970 */
	struct part_totals totals;
	struct proof proof; /* of the stream it was committed from */
	struct receipt *part; /* no marks, no totals */
	size_t n;
	struct buf text; /* as stored */
};

/**
 * manifest_init(m) / manifest_fini(m):
 * Make ${m} empty; free what it holds.
 */
void manifest_init(struct manifest *m);
void manifest_fini(struct manifest *m);

/**
 * manifest_get(s, m, e):
 * Read the manifest of a run into ${m}.  Return 1, 0 if the run is not
 * committed, -1 on error: ERR_DATA also if its parts do not add up.
 */
int manifest_get(struct store *s, struct manifest *m, struct err *e);

/**
 * manifest_check_run(s, m, e):
 * Does the run.json of the run say what ${m} does?  Return 0, or -1: ERR_DATA
 * (code bad_document) also if absent.
 */
int manifest_check_run(struct store *s, const struct manifest *m,
    struct err *e);

/**
 * manifest_no_run(s, e):
 * There is no run: ERR_CONFIG (code not_committed).  Always return -1.
 */
int manifest_no_run(struct store *s, struct err *e);

/**
 * manifest_missing(s, e):
 * Say why there is no manifest: the run is not committed yet (ERR_TEMP), or
 * does not exist (ERR_CONFIG).  Always return -1.
 */
int manifest_missing(struct store *s, struct err *e);

/**
 * manifest_commit(s, run, part, n, totals, proof, m, e):
 * Commit the run: the parts ${part}, ${n} of them, in order, which hold
 * ${totals}, from a stream with ${proof}.  The manifest that stands afterwards
 * is stored in ${m}; it may be another's.  Return 0 or -1: ERR_DATA, and
 * nothing is committed, if the parts do not hold that.
 */
int manifest_commit(struct store *s, const struct run_info *run,
    const struct receipt *part, size_t n, const struct part_totals *totals,
    const struct proof *proof, struct manifest *m, struct err *e);

#endif /* !NF_STAGE_MANIFEST_H */
