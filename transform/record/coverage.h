/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_COVERAGE_H
#define NF_TRANSFORM_RECORD_COVERAGE_H

#include "machine.h"

/*
 * The members of the records that no rule, check or key reads.  A member that
 * "all" takes counts as read, but not one that its "except" leaves out.  An
 * object or array that a rule goes through or tests counts as read, but its
 * contents do not.
 */
struct coverage;

/* One place in the records, "*" for the items of arrays. */
struct coverage_entry {
	const char *pointer;
	enum scan_kind kind;
	uint64_t count;
};

/**
 * coverage_new(prog) / coverage_free(c):
 * Return an empty coverage of records for ${prog}, which is borrowed; NULL
 * without memory.  Freeing NULL is fine.
 */
struct coverage *coverage_new(const struct program *prog);
void coverage_free(struct coverage *c);

/**
 * coverage_add(c, m):
 * Add the parts of the record in ${m} that nothing reads and nothing ignores.
 * Store in ${first} the first such token, SCAN_NOT_FOUND if everything is
 * read.  Return 0 or -1: no memory.
 */
int coverage_add(struct coverage *c, struct machine *m, uint32_t *first);

/**
 * coverage_merge(c, from):
 * Add everything that ${from} has counted.  Return 0 or -1: no memory.
 */
int coverage_merge(struct coverage *c, const struct coverage *from);

/**
 * coverage_count(c) / coverage_get(c, i, out):
 * Return the number of places; store the place with number ${i}, valid until
 * something is added.
 */
size_t coverage_count(const struct coverage *c);
void coverage_get(struct coverage *c, size_t i, struct coverage_entry *out);

/**
 * coverage_stale(c, i):
 * Return whether entry ${i} of "ignore" has not matched anything.
 */
bool coverage_stale(const struct coverage *c, size_t i);

#endif /* !NF_TRANSFORM_RECORD_COVERAGE_H */
