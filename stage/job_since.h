/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_JOB_SINCE_H
#define NF_STAGE_JOB_SINCE_H

#include <stdint.h>

/*
 * Where a feed with a cursor continues: the value of {since} of its source in
 * a run.
 */
struct buf;
struct err;
struct job;
struct ledger;
struct store_conf;

/**
 * job_since(j, l, number, conf, since, e):
 * Set ${since} to the position where window ${number} of the job ${j} begins:
 * where its run began, if it has a run; else where the previous window ended,
 * by the mark of its newest receipt; or, for the first window, the position in
 * the job file.  Return 0, or -1: ERR_CONFIG (code no_since) if the previous
 * run left no mark.
 */
int job_since(const struct job *j, const struct ledger *l, int64_t number,
    const struct store_conf *conf, struct buf *since, struct err *e);

#endif /* !NF_STAGE_JOB_SINCE_H */
