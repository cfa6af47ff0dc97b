/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SCHEMA_WATCH_H
#define NF_LOAD_SCHEMA_WATCH_H

/*
 * Checks against the schema of each table that is written to, which is
 * requested once per table.  Families that aggregate writes are refused.
 * Cells older than the garbage-collection rule of their family allows cause a
 * warning, because they would soon be deleted.  A load continues without the
 * schema, because an account that may write may not be allowed to read it.
 */
struct schema_watch;
struct err;
struct mutation;
struct target;

/**
 * schema_watch_new(t, e) / schema_watch_free(a):
 * ${t} is borrowed.  Return NULL if there is no memory.
 */
struct schema_watch *schema_watch_new(struct target *t, struct err *e);
void schema_watch_free(struct schema_watch *a);

/**
 * schema_watch_check(a, m, e):
 * Check the families and timestamps of ${m}; warn once for each family.
 * Return 0, or -1: ERR_CONFIG (an aggregate), no memory, a signal.
 */
int schema_watch_check(struct schema_watch *a, const struct mutation *m,
    struct err *e);

#endif /* !NF_LOAD_SCHEMA_WATCH_H */
