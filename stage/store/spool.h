/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_STORE_SPOOL_H
#define NF_STAGE_STORE_SPOOL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Holds the bytes of a part until they are stored: a file without a name, in a
 * folder or in memory (memfd_create(2)).  It disappears with the process,
 * however that ends, unless it was given a name.
 */
struct err;
struct spool;

/* Where to create a spool; strings are borrowed until spool_free. */
struct spool_place {
	const char *dir;   /* the folder to use, or NULL */
	const char *store; /* else that of the store, if it is possible there */
	mode_t mode;       /* of a file in ${store}, before the umask */
};

/**
 * spool_new(at, e) / spool_free(s):
 * Create an empty spool at ${at}, in memory if there is no folder.  Return it
 * or NULL (ERR_CONFIG for a ${dir} that cannot be used).
 */
struct spool *spool_new(const struct spool_place *at, struct err *e);
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
 * spool_file(s):
 * Return the descriptor of the file in the folder of the store, which holds
 * exactly what was written and may be given a name there; -1: ${s} is no such
 * file, but the bytes can be read from it.
 */
int spool_file(const struct spool *s);

/**
 * spool_reset(s, e):
 * Empty ${s}; a file that has a name by now is not changed, but replaced by
 * another one.  Return 0 or -1.
 */
int spool_reset(struct spool *s, struct err *e);

#endif /* !NF_STAGE_STORE_SPOOL_H */
