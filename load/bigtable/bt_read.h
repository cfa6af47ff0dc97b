/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BT_READ_H
#define NF_LOAD_BIGTABLE_BT_READ_H

/*
 * Reading rows from Bigtable: the reading operations of target.h.  A stream
 * that breaks off is begun again after the
 * last row, so that no row comes twice and none is left out.
 */
struct err;
struct row;
struct target;
struct target_read;

/**
 * bt_read_begin, bt_read_row, bt_read_end:
 * As target.h says, for a target of bigtable_open.
 */
int bt_read_begin(struct target *t, const struct target_read *r,
    struct err *e);
int bt_read_row(struct target *t, struct row *row, struct err *e);
void bt_read_end(struct target *t);

#endif /* !NF_LOAD_BIGTABLE_BT_READ_H */
