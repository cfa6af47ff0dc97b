/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_CMD_DIFF_H
#define NF_LOAD_CMD_DIFF_H

/*
 * The verb diff: reads the rows of a mutation stream back from the target
 * and prints what is missing, different or extra.  The stream is first folded
 * into a temporary database, so it may have any order and size.
 */
struct app;
struct options;

/**
 * cmd_diff(o, app):
 * Run the verb; count in ${app}->stats.  Return 0 if there is no difference,
 * or -1 with ${app}->err: ERR_DATA with code differs, or the error that
 * prevented the comparison.
 */
int cmd_diff(const struct options *o, struct app *app);

#endif /* !NF_LOAD_CMD_DIFF_H */
