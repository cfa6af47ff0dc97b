/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_NAMED_H
#define NF_LOAD_NAMED_H

#include <stddef.h>

#include "lib/base/bytes.h"
#include "lib/base/key_hash.h"

/*
 * Objects with names, such as the tables of the target.  Lines may name many
 * of them, so they are found by a hash; the one used last is tried first,
 * because it is usually the one needed next.
 */
struct err;

/* The first member of each object. */
struct named {
	struct named *next; /* in the list */
	struct named *same; /* in its bucket */
	struct bytes name;  /* named_add's copy, with a NUL after it */
};

/* Zeroed, it is empty.  ${first} is the one added last. */
struct named_list {
	struct named *first;
	struct named *used;
	struct named **bucket;
	size_t n;
	size_t nbucket; /* a power of two, or 0 */
	struct key_hash secret;
};

/**
 * named_find(l, name):
 * Return the object named ${name}, or NULL.
 */
struct named *named_find(struct named_list *l, struct bytes name);

/**
 * named_add(l, x, name, e):
 * Add ${x}, with a copy of ${name}, which no other object of ${l} has.  Return
 * 0, or -1 if there is no memory; then the caller still owns ${x}.
 */
int named_add(struct named_list *l, struct named *x, struct bytes name,
    struct err *e);

/**
 * named_drop(l):
 * To free ${l}: remove its first object and free the name.  Return the object,
 * which the caller frees, or NULL if ${l} is empty and has no memory.  Until
 * then, nothing is found in it.
 */
struct named *named_drop(struct named_list *l);

#endif /* !NF_LOAD_NAMED_H */
