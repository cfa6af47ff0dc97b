/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_USAGE_H
#define NF_LIB_CLI_USAGE_H

#include <stddef.h>

/*
 * The help text of a table of options.
 */
struct buf;
struct opt_table;

/**
 * usage_text(t, synopsis, out):
 * Append the help text: ${synopsis} lines (as in the manual), then the
 * options under their headings with the values their variables have now,
 * which are the defaults before opt_parse.
 */
void usage_text(const struct opt_table *t, const char *synopsis,
    struct buf *out);

#endif /* !NF_LIB_CLI_USAGE_H */
