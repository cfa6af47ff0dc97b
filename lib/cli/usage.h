/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_USAGE_H
#define NF_LIB_CLI_USAGE_H

#include <stddef.h>

/*
 * The help text of a table of options.
 */
struct buf;
struct opt_table;

/* What there is to say besides the options. */
struct usage {
	const char *tool;     /* whose manual says more; NULL: none does */
	const char *synopsis; /* lines, as in the manual */
	const char *verb;     /* only what is for it; NULL: everything */
	unsigned verbs;       /* its bit, see struct opt */
	const char *about;    /* what it is for, a sentence; or NULL */
	const char *example;  /* a command, or NULL */
};

/**
 * usage_text(t, u, out):
 * Append the help text: the synopsis, what it is for, the options under their
 * headings with the values their variables have now, which are the defaults
 * before opt_parse, an example, and where to read more.
 */
void usage_text(const struct opt_table *t, const struct usage *u,
    struct buf *out);

#endif /* !NF_LIB_CLI_USAGE_H */
