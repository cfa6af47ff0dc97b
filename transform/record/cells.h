/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_CELLS_H
#define NF_TRANSFORM_RECORD_CELLS_H

#include "machine.h"

/*
 * Writing the cells of a row.
 */

/**
 * cells_families(m, r):
 * Append the families of ${r} that have cells, "name":{...} and commas, to
 * the output.  Return 1; 0 if there are none; -1 with a fault.
 */
int cells_families(struct machine *m, const struct rule *r);

/**
 * cells_value(m, v):
 * Append the value ${v} as JSON to the output.  Return 1; 0 if there is
 * none; -1.
 */
int cells_value(struct machine *m, const struct value *v);

/**
 * cells_qualifier(m, col):
 * Append the qualifier of ${col}, which is built from data, and its colon.
 * Return 0 or -1.
 */
int cells_qualifier(struct machine *m, const struct column *col);

/**
 * cells_wildcard(m, f, w):
 * Append the cells of all members of an object that ${w} selects for family
 * ${f}, with a comma after each; nested objects and arrays are flattened, with
 * their names joined by a separator.  Return 0 or -1.
 */
int cells_wildcard(struct machine *m, const struct family *f,
    const struct wildcard *w);

/**
 * cells_is_named(w, names, name, n):
 * Return whether the name of ${n} bytes that ${w} gives a member, without the
 * prefix, is one of ${names}, its "except" or "lists".
 */
bool cells_is_named(const struct wildcard *w, const struct names *names,
    const void *name, size_t n);

#endif /* !NF_TRANSFORM_RECORD_CELLS_H */
