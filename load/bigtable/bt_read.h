/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BT_READ_H
#define NF_LOAD_BIGTABLE_BT_READ_H

/*
 * Reading rows from Bigtable: the reading operations of target.h.  A stream
 * that breaks off is restarted after the last row, so that no row is repeated
 * or skipped.
 */
struct err;
struct row;
struct target;
struct target_read;

/**
 * bt_read_begin, bt_read_row, bt_read_end:
 * See target.h; for a target from bigtable_open.
 */
int bt_read_begin(struct target *t, const struct target_read *r,
    struct err *e);
int bt_read_row(struct target *t, struct row *row, struct err *e);
void bt_read_end(struct target *t);

#endif /* !NF_LOAD_BIGTABLE_BT_READ_H */
