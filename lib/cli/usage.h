/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_USAGE_H
#define NF_LIB_CLI_USAGE_H

#include <stddef.h>

/*
 * The help text of a table of options.
 */
struct buf;
struct opt_table;

/* The other parts of the help text. */
struct usage {
	const char *tool;     /* the name of its manual, or NULL */
	const char *synopsis; /* lines, as in the manual */
	const char *verb;     /* show only its options; NULL: all */
	unsigned verbs;       /* its bit, see struct opt */
	const char *about;    /* the purpose, a sentence; or NULL */
	const char *example;  /* a command, or NULL */
};

/**
 * usage_text(t, u, out):
 * Append the help text: the synopsis, the purpose, the options under their
 * headings with the current values of their variables (before opt_parse these
 * are the defaults), an example, and where to read more.
 */
void usage_text(const struct opt_table *t, const struct usage *u,
    struct buf *out);

#endif /* !NF_LIB_CLI_USAGE_H */
