/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_RULES_H
#define NF_FETCH_SOURCE_RULES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Response rules: the meaning of a response, by its status or body, where it
 * differs from that of HTTP.
 */
struct config;
struct err;
struct rules;
struct scan;

enum rules_action {
	RULES_NONE,  /* no rule matches */
	RULES_RETRY, /* temporary: try again */
	RULES_EMPTY, /* a page without records */
	RULES_FAIL   /* final */
};

/**
 * rules_load(c, key, e):
 * Read the array at ${key} of ${c}.  Return the rules, to be freed; NULL if
 * there are none, or on error (${e} is filled).
 */
struct rules *rules_load(const struct config *c, const char *key,
    struct err *e);
void rules_free(struct rules *r);

/**
 * rules_read_body(r):
 * Return true if one of ${r} (NULL: none) looks at the body.
 */
bool rules_read_body(const struct rules *r);

/**
 * rules_find(r, status, body, which):
 * Return the action of the first of ${r} (NULL: none) that matches a response
 * with ${status} and ${body}, and its index; ${body} is NULL if it is not a
 * JSON value.
 */
enum rules_action rules_find(struct rules *r, int status,
    const struct scan *body, size_t *which);

/**
 * rules_unmatched(r, i):
 * Return the pointer of the first rule, starting with number ${*i} (from 0),
 * that has found nothing in any body, and set ${*i} to its number; NULL after
 * the last.
 */
const char *rules_unmatched(const struct rules *r, size_t *i);

#endif /* !NF_FETCH_SOURCE_RULES_H */
