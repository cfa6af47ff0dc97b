/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_PROOFS_H
#define NF_TRANSFORM_MAPPING_PROOFS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What a mapping says about all its rows before there is a record, so that
 * nobody looks at run time: which rows and cells can never meet, and what is
 * the same in all rows that a rule makes of one record.
 */
struct program;
struct rule;
struct template;

#define PROOFS_MAX_WIDTH 20

/**
 * proofs_rule(p, r):
 * Note in ${r}, a compiled rule of ${p}, what is known of its cells.
 */
void proofs_rule(struct program *p, struct rule *r);

/**
 * proofs_rows(r, n):
 * Note in each of the ${n} rules ${r}, all of a program, whether its rows
 * can share a key.
 */
void proofs_rows(struct rule *r, size_t n);

/**
 * proofs_numbered(t):
 * Is ${t} the number of an item in so many digits, PROOFS_MAX_WIDTH at most,
 * between constants of which no character needs an escape in JSON?
 */
bool proofs_numbered(const struct template *t);

#endif /* !NF_TRANSFORM_MAPPING_PROOFS_H */
