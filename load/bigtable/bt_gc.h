/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BT_GC_H
#define NF_LOAD_BIGTABLE_BT_GC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Garbage-collection rules as messages of the admin API.
 */
struct Google__Bigtable__Admin__V2__GcRule;
struct err;
struct gc_rule;

/* The messages that contain rules. */
enum bt_gc_message { BT_GC_LIST_TABLES_RESPONSE, BT_GC_TABLE };

#define BT_GC_MAX_DEPTH 8 /* rules in rules */

/**
 * bt_gc_is_shallow(p, n, message):
 * Return true if no rule in ${n} bytes at ${p}, a ${message} not unpacked
 * yet, is nested deeper than BT_GC_MAX_DEPTH: protobuf-c and the code that
 * reads rules use stack for each level.  Return false also for bytes that
 * cannot be parsed.
 */
bool bt_gc_is_shallow(const uint8_t *p, size_t n, enum bt_gc_message message);

/**
 * bt_gc_make(g, e):
 * Convert ${g} to a message, which the caller frees like any protobuf-c
 * message.  A rule of kind GC_NONE gives a message without a rule.  Return
 * NULL if there is no memory.
 */
struct Google__Bigtable__Admin__V2__GcRule *bt_gc_make(
    const struct gc_rule *g, struct err *e);

/**
 * bt_gc_read(m, g, e):
 * Convert a message (NULL: no rule; not too deep) to ${g}, which is zeroed.
 * Return 0 or -1.
 */
int bt_gc_read(const struct Google__Bigtable__Admin__V2__GcRule *m,
    struct gc_rule *g, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_BT_GC_H */
