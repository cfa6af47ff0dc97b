/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CMD_CAT_H
#define NF_STAGE_CMD_CAT_H

/*
 * nf-stage cat: turn a staged run back into a record stream.
 */
struct app;
struct options;
struct store;

/**
 * cmd_cat(s, o, app):
 * Write the records of the committed run ${s} to stdout as a sealed stream,
 * every part checked; or only the part that ${o} selects.  Return 0, or -1
 * with ${app}->err.
 */
int cmd_cat(struct store *s, const struct options *o, struct app *app);

#endif /* !NF_STAGE_CMD_CAT_H */
