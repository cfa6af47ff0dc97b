/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_VERSION_H
#define NF_LIB_CLI_VERSION_H

/*
 * The text of --version.
 */
struct app;
struct buf;

/**
 * version_text(a, b):
 * Append the version of the tool ${a}, the commit that it was built from (if
 * it was built in a repository) and the libraries that it runs with.
 */
void version_text(const struct app *a, struct buf *b);

#endif /* !NF_LIB_CLI_VERSION_H */
