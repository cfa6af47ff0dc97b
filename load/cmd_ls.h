/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_CMD_LS_H
#define NF_LOAD_CMD_LS_H

/*
 * The verb ls: list the tables of the target, with families and rules.
 */
struct app;
struct options;

/**
 * cmd_ls(o, app):
 * Run the verb; count in ${app}->stats.  Return 0, or -1 with ${app}->err.
 */
int cmd_ls(const struct options *o, struct app *app);

#endif /* !NF_LOAD_CMD_LS_H */
