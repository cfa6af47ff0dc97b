/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_LEDGER_RUN_H
#define NF_STAGE_LEDGER_RUN_H

#include <stddef.h>

/*
 * One run of a job for the ledger.
 */
struct err;
struct job;
struct ledger_run;
struct store;

/**
 * ledger_run_name(j, name, n, r):
 * Make ${r} the run of the job ${j} whose last part of the URI is the ${n}
 * bytes at ${name}: its window and its revision, nothing else yet.  Return 0,
 * or -1 if no run of a window has this name.
 */
int ledger_run_name(const struct job *j, const char *name, size_t n,
    struct ledger_run *r);

/**
 * ledger_run_read(j, s, r, e):
 * Add to ${r} what is stored in ${s}, its store: manifest, notes, run.json.
 * Return 1, 0 if no run is there, or -1.
 */
int ledger_run_read(const struct job *j, struct store *s,
    struct ledger_run *r, struct err *e);

#endif /* !NF_STAGE_LEDGER_RUN_H */
