/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SCHEMA_WATCH_H
#define NF_LOAD_SCHEMA_WATCH_H

/*
 * The schema of the tables that lines are written to, asked for once a table:
 * families that add up what is written are refused, and cells that are older
 * than the garbage-collection rule of their family lets them become are
 * warned of, as they would be gone soon.  A load goes on without it: who may
 * write may not read it.
 */
struct schema_watch;
struct err;
struct mutation;
struct target;

/**
 * schema_watch_new(t, e) / schema_watch_free(a):
 * ${t} is borrowed.  NULL without memory.
 */
struct schema_watch *schema_watch_new(struct target *t, struct err *e);
void schema_watch_free(struct schema_watch *a);

/**
 * schema_watch_check(a, m, e):
 * Look at the families and timestamps of ${m}; warn once for each family.
 * Return 0, or -1: ERR_CONFIG (an aggregate), no memory, a signal.
 */
int schema_watch_check(struct schema_watch *a, const struct mutation *m,
    struct err *e);

#endif /* !NF_LOAD_SCHEMA_WATCH_H */
