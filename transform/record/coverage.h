/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_COVERAGE_H
#define NF_TRANSFORM_RECORD_COVERAGE_H

#include "machine.h"

/*
 * Which members of the records no rule, check or key reads.  What "all" takes
 * is read, not what its "except" leaves out; so is an object or array that a
 * rule goes through or asks for, but not what is in it.
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
 * Nothing was seen yet of records for ${prog}, which is borrowed.  NULL
 * without memory; freeing NULL is fine.
 */
struct coverage *coverage_new(const struct program *prog);
void coverage_free(struct coverage *c);

/**
 * coverage_add(c, m):
 * Add what of the record in ${m} nothing reads and nothing ignores.  Store
 * in ${first} its first token, SCAN_NOT_FOUND if all is read.  Return 0 or
 * -1: no memory.
 */
int coverage_add(struct coverage *c, struct machine *m, uint32_t *first);

/**
 * coverage_merge(c, from):
 * Add what ${from} has seen.  Return 0 or -1: no memory.
 */
int coverage_merge(struct coverage *c, const struct coverage *from);

/**
 * coverage_count(c) / coverage_get(c, i, out):
 * Return how many places there are; store the one with number ${i}, valid
 * until something is added.
 */
size_t coverage_count(const struct coverage *c);
void coverage_get(struct coverage *c, size_t i, struct coverage_entry *out);

/**
 * coverage_stale(c, i):
 * Has nothing been seen for entry ${i} of "ignore" to leave out?
 */
bool coverage_stale(const struct coverage *c, size_t i);

#endif /* !NF_TRANSFORM_RECORD_COVERAGE_H */
