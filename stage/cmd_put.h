/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CMD_PUT_H
#define NF_STAGE_CMD_PUT_H

/*
 * nf-stage put: store a record stream as a staged run.
 */
struct app;
struct options;
struct store;

/**
 * cmd_put(s, o, app):
 * Store stdin as the run ${s}, commit it, and write the output that ${o}
 * selects.  Return 0, which means that the run is committed and that the
 * output matches its manifest exactly, or -1 with ${app}->err.
 */
int cmd_put(struct store *s, const struct options *o, struct app *app);

#endif /* !NF_STAGE_CMD_PUT_H */
