/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CMD_FILTER_H
#define NF_STAGE_CMD_FILTER_H

/*
 * The verb filter: any command inside a sealed stream.
 */
struct app;
struct options;

/**
 * cmd_filter(o, app):
 * Give the records of the sealed stream at stdin to the command that the
 * operands of ${app} are, and write what it makes of them as a sealed stream
 * to stdout.  Return 0, or -1 with ${app}->err filled.
 */
int cmd_filter(const struct options *o, struct app *app);

#endif /* !NF_STAGE_CMD_FILTER_H */
