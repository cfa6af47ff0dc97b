/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_CMD_DIFF_H
#define NF_LOAD_CMD_DIFF_H

/*
 * The verb diff: reads the rows of a mutation stream back from the target
 * and prints what is missing, different or extra.  The stream is folded into
 * a database of its own first, so it may come in any order and be of any
 * size.
 */
struct app;
struct options;

/**
 * cmd_diff(o, app):
 * Do it; count in ${app}->stats.  Return 0 if there is no difference, or -1
 * with ${app}->err: ERR_DATA with code differs, or why it is not known.
 */
int cmd_diff(const struct options *o, struct app *app);

#endif /* !NF_LOAD_CMD_DIFF_H */
