/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_RULES_H
#define NF_FETCH_SOURCE_RULES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Response rules: what an answer means, by its status or by what its body
 * says, where that differs from what HTTP says.
 */
struct config;
struct err;
struct rules;
struct scan;

enum rules_action {
	RULES_NONE,  /* no rule speaks of it */
	RULES_RETRY, /* passing: try again */
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
 * Return true if one of ${r} (NULL: none) looks into the body.
 */
bool rules_read_body(const struct rules *r);

/**
 * rules_find(r, status, body, which):
 * Return the action of the first of ${r} (NULL: none) that an answer with
 * ${status} and ${body} meets, and its index; ${body} is NULL if it is not a
 * JSON value.
 */
enum rules_action rules_find(struct rules *r, int status,
    const struct scan *body, size_t *which);

/**
 * rules_unmatched(r, i):
 * Return the pointer of the first rule from number ${*i} (from 0) on that has
 * found nothing in any body, and set ${*i} to it; NULL after the last.
 */
const char *rules_unmatched(const struct rules *r, size_t *i);

#endif /* !NF_FETCH_SOURCE_RULES_H */
