/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_CMD_APPLY_H
#define NF_LOAD_CMD_APPLY_H

/*
 * The verb apply: write a mutation stream from stdin to the target.
 */
struct app;
struct options;

/**
 * cmd_apply(o, app):
 * Run the verb; count in ${app}->stats.  Return 0, or -1 with ${app}->err.
 */
int cmd_apply(const struct options *o, struct app *app);

#endif /* !NF_LOAD_CMD_APPLY_H */
