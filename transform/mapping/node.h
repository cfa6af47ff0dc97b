/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_NODE_H
#define NF_TRANSFORM_MAPPING_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A value in the mapping file together with the place where it stands, so
 * that every error names file, JSON Pointer, value and what was expected.
 */
struct err;
struct json_t;

struct node {
	const struct json_t *json;
	const struct node *up; /* NULL: the whole file */
	const char *key;       /* in an object; NULL: item ${index} */
	size_t index;
	const char *file;
};

/**
 * node_error(n, e, fmt, ...):
 * Fill ${e} (ERR_CONFIG) with "FILE: POINTER: " and the message.  Always
 * return -1.
 */
int node_error(const struct node *n, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * node_wrong(n, e, expected):
 * The value of ${n} is not what was ${expected}: say both.  Return -1.
 */
int node_wrong(const struct node *n, struct err *e, const char *expected);

/**
 * node_member(n, key, out):
 * Store member ${key} of object ${n} in ${out}, which borrows ${n} and
 * ${key}.  Return whether there is one.
 */
bool node_member(const struct node *n, const char *key, struct node *out);

/**
 * node_item(n, i, out):
 * Store item ${i} of array ${n} in ${out}.
 */
void node_item(const struct node *n, size_t i, struct node *out);

/**
 * node_size(n):
 * Return how many items or members ${n} has; 0 if it is no container.
 */
size_t node_size(const struct node *n);

bool node_is_object(const struct node *n);
bool node_is_array(const struct node *n);
bool node_is_string(const struct node *n);

/**
 * node_object(n, keys, e):
 * Check that ${n} is an object whose members are all among ${keys} (ends in
 * NULL; NULL: any).  An unknown member is told with the nearest known one.
 * Return 0 or -1.
 */
int node_object(const struct node *n, const char *const *keys,
    struct err *e);

/**
 * node_string(n, s, e) / node_bool(n, v, e) / node_number(n, min, max, v, e):
 * Get a string (borrowed from the file), a boolean, an integer from ${min}
 * to ${max}.  Return 0 or -1.
 */
int node_string(const struct node *n, const char **s, struct err *e);
int node_bool(const struct node *n, bool *v, struct err *e);
int node_number(const struct node *n, int64_t min, int64_t max, int64_t *v,
    struct err *e);

/**
 * node_choice(n, names, v, e):
 * Get the index of string ${n} among ${names} (ends in NULL).  Return 0, or
 * -1 with the names told.
 */
int node_choice(const struct node *n, const char *const *names, int *v,
    struct err *e);

/**
 * node_each(n, iter, out):
 * Go through the members of object ${n}: ${*iter} is NULL at first.  Return
 * false after the last.
 */
bool node_each(const struct node *n, void **iter, struct node *out);

#endif /* !NF_TRANSFORM_MAPPING_NODE_H */
