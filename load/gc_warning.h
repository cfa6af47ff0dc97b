/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_GC_WARNING_H
#define NF_LOAD_GC_WARNING_H

/*
 * A warning of cells that are written older than the garbage-collection rule
 * of their family lets them become: they would be gone soon.  The rules are
 * asked for only when a cell is old enough to have a reason, and a load goes
 * on without them: who may write may not read them.
 */
struct gc_warning;
struct err;
struct mutation;
struct target;

/**
 * gc_warning_new(t, e) / gc_warning_free(a):
 * ${t} is borrowed.  NULL without memory.
 */
struct gc_warning *gc_warning_new(struct target *t, struct err *e);
void gc_warning_free(struct gc_warning *a);

/**
 * gc_warning_check(a, m, e):
 * Look at the timestamps of ${m}; warn once for each family.  Return 0, or
 * -1: no memory, a signal.
 */
int gc_warning_check(struct gc_warning *a, const struct mutation *m,
    struct err *e);

#endif /* !NF_LOAD_GC_WARNING_H */
