/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_MANIFEST_H
#define NF_STAGE_MANIFEST_H

#include <stdint.h>

#include "lib/stream/proof.h"
#include "parts.h"
#include "run_info.h"

/*
 * RUN/_nf/manifest.json: the commit of a run, one chain of receipts in order.
 * The first manifest that is created is the run's for good.
 */
#define MANIFEST_NAME "_nf/manifest.json"

struct err;
struct store;

struct manifest {
	struct run_info run;
	int64_t end; /* when it was committed, microseconds since 1970 */
	struct part_totals totals;
	struct proof proof; /* of the stream that was committed */
	struct parts parts;
};

/**
 * manifest_init(m) / manifest_fini(m):
 * Make ${m} empty; release its memory and make it empty.
 */
void manifest_init(struct manifest *m);
void manifest_fini(struct manifest *m);

/**
 * manifest_get(s, m, e):
 * Read the manifest of a run into ${m}.  Return 1, 0 if the run is not
 * committed, -1 on error: ERR_DATA also if the totals of its parts do not add
 * up.
 */
int manifest_get(struct store *s, struct manifest *m, struct err *e);

/**
 * manifest_check_run(s, m, e):
 * Check that the run.json of the run agrees with ${m}.  Return 0, or -1:
 * ERR_DATA (code bad_document) if it does not or is absent.
 */
int manifest_check_run(struct store *s, const struct manifest *m,
    struct err *e);

/**
 * manifest_no_run(s, e):
 * Report that there is no run: ERR_CONFIG (code not_committed).  Always return
 * -1.
 */
int manifest_no_run(struct store *s, struct err *e);

/**
 * manifest_missing(s, e):
 * Report why there is no manifest: the run is not committed yet (ERR_TEMP), or
 * it does not exist (ERR_CONFIG).  Always return -1.
 */
int manifest_missing(struct store *s, struct err *e);

/**
 * manifest_commit(s, m, spool_dir, e):
 * Commit the run of ${m}, whose members but ${m}->end are set; its text takes
 * up a spool in ${spool_dir}, see spool_new.  Return 1; 0 if another process
 * has committed the run: then ${m} holds the manifest that it stored; or -1:
 * ERR_DATA if the parts do not add up to the totals; then nothing is committed.
 */
int manifest_commit(struct store *s, struct manifest *m,
    const char *spool_dir, struct err *e);

/**
 * manifest_print(s, fd, e):
 * Write the manifest of a committed run to ${fd} as one line.  Return 0 or -1.
 */
int manifest_print(struct store *s, int fd, struct err *e);

#endif /* !NF_STAGE_MANIFEST_H */
