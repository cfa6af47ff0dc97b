/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_LEDGER_RUN_H
#define NF_STAGE_LEDGER_RUN_H

#include <stddef.h>

/*
 * One run of a job, as an entry of the ledger.
 */
struct err;
struct job;
struct ledger_run;
struct store;

/**
 * ledger_run_name(j, name, n, r):
 * Set ${r} to the run of the job ${j} whose URI ends in the ${n} bytes at
 * ${name}: only its window and its revision.  Return 0, or -1 if this is not
 * the name of a run of a window.
 */
int ledger_run_name(const struct job *j, const char *name, size_t n,
    struct ledger_run *r);

/**
 * ledger_run_read(j, s, r, e):
 * Add to ${r} the contents of its store ${s}: manifest, notes, run.json.
 * Return 1, 0 if there is no run, or -1.
 */
int ledger_run_read(const struct job *j, struct store *s,
    struct ledger_run *r, struct err *e);

#endif /* !NF_STAGE_LEDGER_RUN_H */
