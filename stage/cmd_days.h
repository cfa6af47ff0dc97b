/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CMD_DAYS_H
#define NF_STAGE_CMD_DAYS_H

/*
 * nf-stage days: the ledger of a job.
 */
struct app;
struct options;

/**
 * cmd_days(o, app):
 * Write a line for each window of the job that has ended, oldest first, or for
 * the windows that ${o} selects.  Return 0, or -1 with ${app}->err: ERR_TEMP
 * (code due) if one of these windows is due and --sh was not given.
 */
int cmd_days(const struct options *o, struct app *app);

#endif /* !NF_STAGE_CMD_DAYS_H */
