/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_CMD_SCAN_H
#define NF_LOAD_CMD_SCAN_H

/*
 * The verb scan: write rows of the target to stdout, as a mutation stream.
 */
struct app;
struct options;

/**
 * cmd_scan(o, app):
 * Run the verb; count in ${app}->stats.  Return 0, or -1 with ${app}->err.
 */
int cmd_scan(const struct options *o, struct app *app);

/**
 * cmd_scan_count(o, app):
 * The verb count: print the number of rows, one line for each table.  Return
 * 0, or -1 with ${app}->err.
 */
int cmd_scan_count(const struct options *o, struct app *app);

#endif /* !NF_LOAD_CMD_SCAN_H */
