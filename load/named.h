/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_NAMED_H
#define NF_LOAD_NAMED_H

#include "lib/base/bytes.h"

/*
 * A short list of named objects, such as the tables of the target.  The one
 * used last comes first, because it is usually the one needed next.
 */
struct err;

/* The first member of each listed object. */
struct named {
	struct named *next;
	struct bytes name; /* named_add's copy, with a NUL after it */
};

/**
 * named_find(list, name):
 * Return the object named ${name}, which is now the first of ${list}, or NULL.
 */
struct named *named_find(struct named **list, struct bytes name);

/**
 * named_add(list, x, name, e):
 * Give ${x} a copy of ${name} and make it the first.  Return 0, or -1 if there
 * is no memory; then the caller still owns ${x}.
 */
int named_add(struct named **list, struct named *x, struct bytes name,
    struct err *e);

/**
 * named_drop(list):
 * Remove the first object from ${list} and free its name.  Return the object,
 * which the caller frees, or NULL if the list is empty.
 */
struct named *named_drop(struct named **list);

#endif /* !NF_LOAD_NAMED_H */
