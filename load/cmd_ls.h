/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_CMD_LS_H
#define NF_LOAD_CMD_LS_H

/*
 * The verb ls: which tables there are, with their families and rules.
 */
struct app;
struct options;

/**
 * cmd_ls(o, app):
 * Do it; count in ${app}->stats.  Return 0, or -1 with ${app}->err.
 */
int cmd_ls(const struct options *o, struct app *app);

#endif /* !NF_LOAD_CMD_LS_H */
