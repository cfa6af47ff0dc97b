/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BT_ADMIN_H
#define NF_LOAD_BIGTABLE_BT_ADMIN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Tables of Bigtable: the operations on tables of target.h, each with a
 * struct bt_instance.
 */
struct err;
struct schema_family;
struct schema_table;

int bt_admin_list(void *self, int (*add)(void *, const char *), void *arg,
    struct err *e);
int bt_admin_get(void *self, const char *name, bool once,
    struct schema_table *t, struct err *e);
int bt_admin_create(void *self, const struct schema_table *t, struct err *e);
int bt_admin_add(void *self, const char *table,
    const struct schema_family *const *f, size_t n, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_BT_ADMIN_H */
