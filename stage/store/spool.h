/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_SPOOL_H
#define NF_STAGE_STORE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

/*
 * Holds the bytes of a part until they are stored: a file without a name, in a
 * folder or in memory (memfd_create(2)).  It disappears with the process,
 * however that ends.
 */
struct err;
struct spool;

/**
 * spool_new(dir, e) / spool_free(s):
 * Create an empty spool in folder ${dir}, or in memory if ${dir} is NULL.
 * Return it or NULL (ERR_CONFIG for a folder that cannot be used).
 */
struct spool *spool_new(const char *dir, struct err *e);
void spool_free(struct spool *s);

/**
 * spool_write(s, p, n, e):
 * Append ${n} bytes.  Return 0 or -1 (ERR_IO).
 */
int spool_write(struct spool *s, const void *p, size_t n, struct err *e);

/**
 * spool_read(s, offset, p, n, e):
 * Copy the ${n} bytes at ${offset}, all of which must have been written.
 * Return 0 or -1.
 */
int spool_read(const struct spool *s, uint64_t offset, void *p, size_t n,
    struct err *e);

/**
 * spool_reset(s, e):
 * Empty ${s}.  Return 0 or -1.
 */
int spool_reset(struct spool *s, struct err *e);

#endif /* !NF_STAGE_STORE_SPOOL_H */
