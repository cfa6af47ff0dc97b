/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_MUTATION_DUPS_H
#define NF_LOAD_MUTATION_DUPS_H

/*
 * Two values for one cell, or a value and a delete of its column, within one
 * line: which one is meant?  Only the general form can say so; in the
 * grouped one the scanner refuses equal keys.
 */
struct err;
struct mutation;

/**
 * mutation_dups_check(m, e):
 * Return 0, or -1: ERR_DATA with code dup_cell; ERR_IO (no memory).
 */
int mutation_dups_check(struct mutation *m, struct err *e);

#endif /* !NF_LOAD_MUTATION_DUPS_H */
