/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CMD_FILTER_H
#define NF_STAGE_CMD_FILTER_H

/*
 * nf-stage filter: run any command on the records of a sealed stream.
 */
struct app;
struct options;

/**
 * cmd_filter(o, app):
 * Pipe the records of the sealed stream on stdin through the command given by
 * the operands of ${app}, and write the output of the command to stdout as a
 * sealed stream.  Return 0, or -1 with ${app}->err filled.
 */
int cmd_filter(const struct options *o, struct app *app);

#endif /* !NF_STAGE_CMD_FILTER_H */
