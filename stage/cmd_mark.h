/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CMD_MARK_H
#define NF_STAGE_CMD_MARK_H

/*
 * nf-stage mark: where the next attempt should continue.
 */
struct app;
struct options;
struct store;

/**
 * cmd_mark(s, o, app):
 * Write one line to stdout: the cursor to continue from, "null" to start at
 * the beginning, or "committed".  Return 0, or -1 with ${app}->err.
 */
int cmd_mark(struct store *s, const struct options *o, struct app *app);

#endif /* !NF_STAGE_CMD_MARK_H */
