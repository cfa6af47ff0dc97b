/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_PATH_H
#define NF_TRANSFORM_MAPPING_PATH_H

#include <stddef.h>
#include <stdint.h>

/*
 * The JSON Pointers that a mapping uses below one value (the record, or an
 * item of for_each), as one tree, so that a single walk over the members of an
 * object finds all of them.
 */
struct pool;
struct scan;

#define PATH_NO_SLOT UINT32_MAX

struct path {
	const char *key;    /* as pool_copy makes it */
	uint32_t len;
	uint32_t index;     /* ${key} as an array index, or UINT32_MAX */
	uint64_t head;      /* the first 8 bytes of ${key}, zero padded */
	uint32_t slot;      /* slot of this value's token, or none */
	uint32_t next;      /* the sibling that comes next, probably */
	uint32_t nchild;
	struct path *child;
	uint64_t filter;    /* of the children, see path.c */
	uint32_t *table;    /* the children by hash, if they are many */
	uint32_t mask;      /* of the table */
	uint32_t *item;     /* the children that are array items, in order */
	uint32_t nitem;
};

/* The mistake in a text that path_unescape rejects. */
#define PATH_ESCAPES "'~' must be followed by 0 (~), 1 (/), 2 (|), 3 (}) " \
	"or 4 (a space)"

/**
 * path_unescape(p, n, out):
 * Resolve ~0 to ~4 in the ${n} characters at ${p} into ${out}, which may be
 * ${p}.  Return the length, or -1 if a "~" is not followed by one of these
 * digits.
 */
long path_unescape(const char *p, size_t n, char *out);

/**
 * path_init(root):
 * Make ${root} a tree without pointers.
 */
void path_init(struct path *root);

/**
 * path_add(root, key, len, pool):
 * Return the child of ${root} named by the ${len} bytes at ${key}; create it
 * if it is missing; NULL without memory.  Valid until the next path_add on the
 * same parent.
 */
struct path *path_add(struct path *root, const char *key, size_t len,
    struct pool *pool);

/**
 * path_bind(root, s, t, slot):
 * Store in ${slot} the tokens of all values of ${root} that token ${t} of ${s}
 * has; slots of missing values are left unchanged.
 */
void path_bind(const struct path *root, const struct scan *s, uint32_t t,
    uint32_t *slot);

#endif /* !NF_TRANSFORM_MAPPING_PATH_H */
