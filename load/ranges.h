/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_RANGES_H
#define NF_LOAD_RANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/bytes.h"
#include "target.h"

/*
 * Sets of row keys: any keys, prefixes and ranges, made into a list of
 * ranges in order that have nothing in common.
 */
struct err;

struct ranges {
	struct target_range *range;
	size_t n, cap;
};

/**
 * ranges_free(r):
 * Free ${r} (zeroed is empty) and its keys.
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
 * Add each key of the file ${path}; a key ends with the byte ${end}, and if
 * that is a newline, a carriage return before it is no part of the key.  Empty
 * keys are none.  Return 0 or -1.
 */
int ranges_add_file(struct ranges *r, const char *path, char end,
    struct err *e);

/**
 * ranges_add_text(r, text, e):
 * Add a range as [A,B], [A,B), (A,B] or (A,B): a square bracket takes its
 * key in; nothing in the place of A or B is no bound there.  A ends at the
 * first comma.  Return 0 or -1 (ERR_USAGE).
 */
int ranges_add_text(struct ranges *r, const char *text, struct err *e);

/**
 * ranges_normalize(r):
 * Sort, and join what overlaps; empty ranges go.
 */
void ranges_normalize(struct ranges *r);

/**
 * ranges_have(r, key):
 * Return true if ${key} is in ${r}, which is normalized.
 */
bool ranges_have(const struct ranges *r, struct bytes key);

/**
 * ranges_is_key(g):
 * Return nonzero if ${g} is exactly one key.
 */
bool ranges_is_key(const struct target_range *g);

#endif /* !NF_LOAD_RANGES_H */
