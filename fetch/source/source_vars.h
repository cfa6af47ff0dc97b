/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_SOURCE_VARS_H
#define NF_FETCH_SOURCE_SOURCE_VARS_H

#include <stdbool.h>

/*
 * The variables in the templates of a source: URL, query, headers, body.
 */
struct config;
struct err;
struct source;

/**
 * source_vars_check(s, c, e):
 * Return 0 if all of them are known and the templates well formed, else -1
 * with ERR_CONFIG; ${c} is the document.
 */
int source_vars_check(struct source *s, const struct config *c,
    struct err *e);

/**
 * source_vars_texts(s, call, arg):
 * Call ${call} for each template of ${s} until it returns true.  Return what
 * it returned last.
 */
bool source_vars_texts(const struct source *s,
    bool (*call)(void *arg, const char *text), void *arg);

/**
 * source_vars_uses(s, name):
 * Return true if variable ${name} is in one of them.
 */
bool source_vars_uses(const struct source *s, const char *name);

#endif /* !NF_FETCH_SOURCE_SOURCE_VARS_H */
