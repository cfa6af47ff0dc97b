/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BTGC_H
#define NF_LOAD_BTGC_H

/*
 * Garbage-collection rules as messages of the admin API.
 */
struct Google__Bigtable__Admin__V2__GcRule;
struct err;
struct gc_rule;

/**
 * btgc_message(g, e) / btgc_free(m):
 * Make a message of ${g}; free it.  A rule of kind GC_NONE is a message
 * without a rule.  Return NULL without memory.
 */
struct Google__Bigtable__Admin__V2__GcRule *btgc_message(
    const struct gc_rule *g, struct err *e);
void btgc_free(struct Google__Bigtable__Admin__V2__GcRule *m);

/**
 * btgc_read(m, g, e):
 * Read a message (NULL is no rule) into ${g}, which is zeroed.  Return 0 or
 * -1.
 */
int btgc_read(const struct Google__Bigtable__Admin__V2__GcRule *m,
    struct gc_rule *g, struct err *e);

#endif /* !NF_LOAD_BTGC_H */
