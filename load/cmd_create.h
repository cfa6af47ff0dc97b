/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_CMD_CREATE_H
#define NF_LOAD_CMD_CREATE_H

/*
 * The verb create: tables and families that are missing.
 */
struct app;
struct options;

/**
 * cmd_create(o, app):
 * Do it; count in ${app}->stats.  Return 0, or -1 with ${app}->err.
 */
int cmd_create(const struct options *o, struct app *app);

/**
 * cmd_create_missing(o, app):
 * Make the tables and families of the mapping o->create that are missing.
 * Return 0, or -1 with ${app}->err.
 */
int cmd_create_missing(const struct options *o, struct app *app);

#endif /* !NF_LOAD_CMD_CREATE_H */
