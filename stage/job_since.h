/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_JOB_SINCE_H
#define NF_STAGE_JOB_SINCE_H

#include <stdint.h>

/*
 * Where a feed with a cursor is gone on with: what {since} of its source is
 * in a run.
 */
struct buf;
struct err;
struct job;
struct ledger;
struct store_conf;

/**
 * job_since(j, l, number, conf, since, e):
 * Set ${since} to where window ${number} of the job ${j} begins: where it was
 * begun, if it has a run; else where the window before it has come to, by the
 * mark of its newest receipt; or the first place, of the job file.  Return 0,
 * or -1: ERR_CONFIG (code no_since) if the run before has left no mark.
 */
int job_since(const struct job *j, const struct ledger *l, int64_t number,
    const struct store_conf *conf, struct buf *since, struct err *e);

#endif /* !NF_STAGE_JOB_SINCE_H */
