/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_LEDGER_READ_H
#define NF_STAGE_LEDGER_READ_H

/*
 * Reading the runs of a job, several at once: each run takes a few requests,
 * which do not depend on those of other runs.
 */
struct err;
struct job;
struct job_window;
struct ledger;
struct store_conf;

/**
 * ledger_read(l, j, span, conf, e):
 * Read the stored runs of ${j} whose windows are in ${span} (NULL: all runs).
 * Objects that are not runs of its windows are ignored.  Return 0 or -1; the
 * caller frees ${l} in both cases.
 */
int ledger_read(struct ledger *l, const struct job *j,
    const struct job_window *span, const struct store_conf *conf,
    struct err *e);

#endif /* !NF_STAGE_LEDGER_READ_H */
