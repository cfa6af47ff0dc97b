/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_GC_WARNING_H
#define NF_LOAD_GC_WARNING_H

/*
 * A warning of cells that are written older than the garbage-collection rule
 * of their family lets them become: they would be gone soon.  The rules are
 * asked for only when a cell is old enough to have a reason, and a load goes
 * on without them: who may write may not read them.
 */
struct aged;
struct err;
struct mutation;
struct target;

/**
 * aged_new(t, e) / aged_free(a):
 * ${t} is borrowed.  NULL without memory.
 */
struct aged *aged_new(const struct target *t, struct err *e);
void aged_free(struct aged *a);

/**
 * aged_check(a, m, e):
 * Look at the timestamps of ${m}; warn once for each family.  Return 0, or
 * -1: no memory, a signal.
 */
int aged_check(struct aged *a, const struct mutation *m, struct err *e);

#endif /* !NF_LOAD_GC_WARNING_H */
