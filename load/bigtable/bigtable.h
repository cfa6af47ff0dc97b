/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_BIGTABLE_BIGTABLE_H
#define NF_LOAD_BIGTABLE_BIGTABLE_H

/*
 * The target bigtable://PROJECT/INSTANCE: Cloud Bigtable, or its emulator
 * if BIGTABLE_EMULATOR_HOST is set.
 */
struct err;
struct options;
struct target_ops;

extern const struct target_ops bigtable_ops;

/**
 * bigtable_open(o, e):
 * Prepare the target of ${o} (borrowed); nothing is connected yet.  Return
 * it, for bigtable_ops, or NULL: what cred_new says.
 */
void *bigtable_open(const struct options *o, struct err *e);

#endif /* !NF_LOAD_BIGTABLE_BIGTABLE_H */
