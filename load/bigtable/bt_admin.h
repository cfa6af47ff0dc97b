/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BT_ADMIN_H
#define NF_LOAD_BIGTABLE_BT_ADMIN_H

#include <stddef.h>

#include "load/target.h"

/*
 * Tables of Bigtable: the operations on tables of target.h.
 */
struct err;
struct schema_family;
struct schema_table;

/**
 * bt_admin_list, bt_admin_get, bt_admin_create, bt_admin_add:
 * See target.h; for a target from bigtable_open.
 */
int bt_admin_list(struct target *t, target_name_fn *add, void *arg,
    struct err *e);
int bt_admin_get(struct target *t, const char *name,
    enum target_patience patience, struct schema_table *s, struct err *e);
int bt_admin_create(struct target *t, const struct schema_table *s,
    struct err *e);
int bt_admin_add(struct target *t, const char *table,
    const struct schema_family *const *f, size_t n, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_BT_ADMIN_H */
