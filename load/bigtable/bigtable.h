/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BIGTABLE_H
#define NF_LOAD_BIGTABLE_BIGTABLE_H

/*
 * The target bigtable://PROJECT/INSTANCE: Cloud Bigtable, or its emulator
 * if BIGTABLE_EMULATOR_HOST is set.
 */
struct bt_conf;
struct buf;
struct err;
struct target;

/**
 * bigtable_open(c, e):
 * Prepare the target described by ${c}, without connecting yet.  Return it, or
 * NULL if there is no memory.
 */
struct target *bigtable_open(const struct bt_conf *c, struct err *e);

/**
 * bigtable_libraries(b):
 * Append the names and versions of the libraries used for Bigtable to ${b}.
 */
void bigtable_libraries(struct buf *b);

#endif /* !NF_LOAD_BIGTABLE_BIGTABLE_H */
