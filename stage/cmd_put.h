/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CMD_PUT_H
#define NF_STAGE_CMD_PUT_H

/*
 * nf-stage put: a record stream becomes a staged run.
 */
struct app;
struct options;
struct runinfo;
struct store;

/**
 * put(s, o, run, app):
 * Store stdin as the run ${s}, commit it, hand on what ${o} says.  Return 0,
 * which means that the run is committed and that what was handed on is
 * exactly its manifest, or -1 with ${app}->err.  ${run} is filled; messages
 * borrow the run id in it.
 */
int put(struct store *s, const struct options *o, struct runinfo *run,
    struct app *app);

#endif /* !NF_STAGE_CMD_PUT_H */
