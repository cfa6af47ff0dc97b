/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BT_READ_H
#define NF_LOAD_BIGTABLE_BT_READ_H

/*
 * Reading rows from Bigtable: the reading operations of target.h, each with
 * a struct bt_instance.  A stream that breaks off is begun again behind the
 * last row, so that no row comes twice and none is left out.
 */
struct err;
struct row;
struct target_read;

int bt_read_begin(void *self, const struct target_read *r, struct err *e);
int bt_read_row(void *self, struct row *row, struct err *e);
void bt_read_end(void *self);

#endif /* !NF_LOAD_BIGTABLE_BT_READ_H */
