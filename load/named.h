/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_NAMED_H
#define NF_LOAD_NAMED_H

#include "lib/base/bytes.h"

/*
 * A short list of what has a name, a table of the target: the one used last
 * stands first, as it is mostly the one wanted next.
 */
struct err;

/* The first member of what is listed. */
struct named {
	struct named *next;
	struct bytes name; /* named_add's copy, with a NUL after it */
};

/**
 * named_find(list, name):
 * Return what is called ${name}, now the first of ${list}, or NULL.
 */
struct named *named_find(struct named **list, struct bytes name);

/**
 * named_add(list, x, name, e):
 * Give ${x} a copy of ${name} and make it the first.  Return 0, or -1 without
 * memory, and ${x} stays the caller's.
 */
int named_add(struct named **list, struct named *x, struct bytes name,
    struct err *e);

/**
 * named_drop(list):
 * Take the first out of ${list} and free its name.  Return it, the caller's
 * to free, or NULL if the list is empty.
 */
struct named *named_drop(struct named **list);

#endif /* !NF_LOAD_NAMED_H */
