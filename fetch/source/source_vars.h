/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_SOURCE_VARS_H
#define NF_FETCH_SOURCE_SOURCE_VARS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The variables in the templates of a source: URL, query, headers, body.
 */
struct config;
struct err;
struct source;

/* The meaning of a variable. */
enum source_var {
	VAR_UNKNOWN, /* no variable has this name */
	VAR_NUMBER,  /* page number or offset */
	VAR_CURSOR,
	VAR_SIZE,  /* records of a page */
	VAR_OFFSET_END, /* number of the last record requested */
	VAR_FROM,  /* of the window: its first day, */
	VAR_TO,    /* its last, */
	VAR_UNTIL, /* and the day after it */
	VAR_FIELD, /* in the record, at its name, a JSON Pointer */
	VAR_ENV,   /* env.NAME, of the environment */
	VAR_OWN    /* a member of "vars", or "since" */
};

/**
 * source_vars_find(s, name, n):
 * Return the kind of the variable ${name} of ${n} bytes in ${s}.
 */
enum source_var source_vars_find(const struct source *s, const char *name,
    size_t n);

/**
 * source_vars_own(s, name, n):
 * Return the text of member ${name} of "vars", or that of "since"; or NULL.
 */
const char *source_vars_own(const struct source *s, const char *name,
    size_t n);

/**
 * source_vars_is_env(name, n):
 * Return true if the variable ${name} of ${n} bytes is "env.NAME".
 */
bool source_vars_is_env(const char *name, size_t n);

/**
 * source_vars_tighten(s, e):
 * In JSON bodies, braces are literal unless they enclose a known name: turn
 * such texts into templates.  Return 0 or -1.
 */
int source_vars_tighten(struct source *s, struct err *e);

/**
 * source_vars_check(s, c, e):
 * Return 0 if all variables are known and the templates are well formed, else
 * -1 with ERR_CONFIG; ${c} is the document.
 */
int source_vars_check(const struct source *s, const struct config *c,
    struct err *e);

/**
 * source_vars_texts(s, call, arg):
 * Call ${call} for each template of ${s} until it returns true.  Return its
 * last result.
 */
bool source_vars_texts(const struct source *s,
    bool (*call)(void *arg, const char *text), void *arg);

/**
 * source_vars_uses(s, name):
 * Return true if variable ${name} is in one of the templates.
 */
bool source_vars_uses(const struct source *s, const char *name);

/**
 * source_vars_needs(s, name):
 * Return true if variable ${name} is in the path of the first request, where
 * it cannot be omitted.
 */
bool source_vars_needs(const struct source *s, const char *name);

#endif /* !NF_FETCH_SOURCE_SOURCE_VARS_H */
