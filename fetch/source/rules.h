/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_RULES_H
#define NF_FETCH_SOURCE_RULES_H

#include <stddef.h>

/*
 * Response rules: what an answer means, by its status or by what its body
 * says, where that differs from what HTTP says.
 */
struct config;
struct err;
struct http_response;
struct rules;

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
 * rules_find(r, answer, which, e):
 * Return the action of the first rule that ${answer} meets and its index; no
 * rule finds anything in a body that response_values refuses.  Return
 * RULES_NONE with ${e} filled if there is no memory.
 */
enum rules_action rules_find(struct rules *r,
    const struct http_response *answer, size_t *which, struct err *e);

#endif /* !NF_FETCH_SOURCE_RULES_H */
