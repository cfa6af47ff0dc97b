/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_TEMPLATE_H
#define NF_FETCH_SOURCE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Texts with {variables}.  "{{" and "}}" represent literal braces.  A name
 * consists of letters, digits, '_' and '.', or is a JSON Pointer.  A text may
 * also be loose, such as a GraphQL query: then braces are literal unless they
 * enclose a known name.
 */
struct buf;
struct err;

/* Where the values of variables come from. */
struct template_vars {
	/*
	 * Append the value of variable ${name} of ${n} bytes to ${out}.
	 * Return 1, 0 if it has no value now (an empty text), -1 if there is
	 * no such variable or its value is unavailable.
	 */
	int (*get)(void *arg, const char *name, size_t n, struct buf *out,
	    struct err *e);
	void *arg;
};

enum template_escape { TEMPLATE_PLAIN, TEMPLATE_PERCENT };

/**
 * template_check(text, known, arg, e):
 * Return 0 if ${text} is well formed and ${known} (NULL: not checked) returns
 * true for every name in it, else -1 with ERR_CONFIG.
 */
int template_check(const char *text,
    bool (*known)(void *arg, const char *name, size_t n), void *arg,
    struct err *e);

/**
 * template_expand(text, escape, vars, out, e):
 * Append ${text} with the values of its variables, as is or percent-encoded.
 * Return 0 or -1.
 */
int template_expand(const char *text, enum template_escape escape,
    const struct template_vars *vars, struct buf *out, struct err *e);

/**
 * template_tighten(text, known, arg, out):
 * Append the loose ${text} to ${out} as a template: double its braces, except
 * those around names for which ${known} returns true.
 */
void template_tighten(const char *text,
    bool (*known)(void *arg, const char *name, size_t n), void *arg,
    struct buf *out);

/**
 * template_single(text, name, n):
 * Return true, and the name, if ${text} is a single variable and nothing else.
 */
bool template_single(const char *text, const char **name, size_t *n);

/**
 * template_uses(text, name):
 * Return true if variable ${name} is in ${text}.
 */
bool template_uses(const char *text, const char *name);

#endif /* !NF_FETCH_SOURCE_TEMPLATE_H */
