/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_PROOFS_H
#define NF_TRANSFORM_MAPPING_PROOFS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Facts about all rows of a mapping that are known before there is a record,
 * so that nothing has to be checked at run time: which rows and cells can
 * never collide, and what is the same in all rows that a rule makes from one
 * record.
 */
struct program;
struct rule;
struct template;

#define PROOFS_MAX_WIDTH 20

/**
 * proofs_rule(p, r):
 * Store in ${r}, a compiled rule of ${p}, what is known about its cells.
 */
void proofs_rule(struct program *p, struct rule *r);

/**
 * proofs_rows(r, n):
 * Store in each of the ${n} rules ${r}, all of one program, whether its rows
 * can share a key.
 */
void proofs_rows(struct rule *r, size_t n);

/**
 * proofs_numbered(t):
 * Return whether ${t} is the number of an item, padded to at most
 * PROOFS_MAX_WIDTH digits, between constants in which no character needs an
 * escape in JSON.
 */
bool proofs_numbered(const struct template *t);

#endif /* !NF_TRANSFORM_MAPPING_PROOFS_H */
