/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_CMD_MARK_H
#define NF_STAGE_CMD_MARK_H

/*
 * nf-stage mark: where the next attempt should go on.
 */
struct err;
struct store;

/**
 * cmd_mark(s, fd, e):
 * Write one line to ${fd}: the cursor to go on from, "null" to start at the
 * beginning, or "committed".  Return 0 or -1.
 */
int cmd_mark(struct store *s, int fd, struct err *e);

#endif /* !NF_STAGE_CMD_MARK_H */
