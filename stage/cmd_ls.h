/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CMD_LS_H
#define NF_STAGE_CMD_LS_H

/*
 * nf-stage ls: the runs under a prefix, or the objects of a run, as NDJSON,
 * newest first.
 */
struct app;
struct options;
struct store;

/**
 * cmd_ls(s, o, app):
 * Write one line for each object of the run ${s}, or, if ${s} is not a run,
 * one for each run directly under it.  With ${o}->orphans, list only the
 * objects that the manifest does not name; ${o}->remove removes them.  Return
 * 0, or -1 with ${app}->err.
 */
int cmd_ls(struct store *s, const struct options *o, struct app *app);

#endif /* !NF_STAGE_CMD_LS_H */
