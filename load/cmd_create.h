/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_CMD_CREATE_H
#define NF_LOAD_CMD_CREATE_H

/*
 * The verb create: create missing tables and families.
 */
struct app;
struct options;

/**
 * cmd_create(o, app):
 * Run the verb; count in ${app}->stats.  Return 0, or -1 with ${app}->err.
 */
int cmd_create(const struct options *o, struct app *app);

/**
 * cmd_create_missing(o, app):
 * Create the missing tables and families of the mapping o->create.  Return 0,
 * or -1 with ${app}->err.
 */
int cmd_create_missing(const struct options *o, struct app *app);

#endif /* !NF_LOAD_CMD_CREATE_H */
