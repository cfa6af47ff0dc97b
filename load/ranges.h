/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_RANGES_H
#define NF_LOAD_RANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/bytes.h"
#include "target.h"

/*
 * Sets of row keys: any keys, prefixes and ranges, turned into a sorted list
 * of disjoint ranges.
 */
struct err;

struct ranges {
	struct target_range *range;
	size_t n, cap;
};

/**
 * ranges_free(r):
 * Free ${r} and its keys.  A zeroed struct is an empty set.
 */
void ranges_free(struct ranges *r);

/**
 * ranges_add(r, g, e) / ranges_add_key(r, key, e) /
 * ranges_add_prefix(r, prefix, e):
 * Add a range, one key, all keys that begin with ${prefix}; keys are copied.
 * Return 0 or -1.
 */
int ranges_add(struct ranges *r, const struct target_range *g, struct err *e);
int ranges_add_key(struct ranges *r, struct bytes key, struct err *e);
int ranges_add_prefix(struct ranges *r, struct bytes prefix, struct err *e);

/**
 * ranges_add_file(r, path, end, e):
 * Add each key of the file ${path}; each key ends with the byte ${end}.  If
 * that is a newline, a carriage return before it is not part of the key.
 * Empty keys are ignored.  Return 0 or -1.
 */
int ranges_add_file(struct ranges *r, const char *path, char end,
    struct err *e);

/**
 * ranges_add_text(r, text, e):
 * Add a range as [A,B], [A,B), (A,B] or (A,B): a square bracket includes its
 * key; an empty A or B means no bound.  A ends at the first comma.  Return 0
 * or -1 (ERR_USAGE).
 */
int ranges_add_text(struct ranges *r, const char *text, struct err *e);

/**
 * ranges_normalize(r):
 * Sort the ranges, merge overlapping ones, and remove empty ones.
 */
void ranges_normalize(struct ranges *r);

/**
 * ranges_have(r, key):
 * Return true if ${key} is in ${r}, which is normalized.
 */
bool ranges_have(const struct ranges *r, struct bytes key);

/**
 * ranges_is_key(g):
 * Return true if ${g} contains exactly one key.
 */
bool ranges_is_key(const struct target_range *g);

#endif /* !NF_LOAD_RANGES_H */
