/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_SHELL_H
#define NF_LIB_BASE_SHELL_H

/*
 * Quoting for the shell.
 */
struct buf;

/**
 * shell_quote(b, text):
 * Append ${text} (NULL: an empty text) in single quotes, as one word that a
 * shell does not change.
 */
void shell_quote(struct buf *b, const char *text);

#endif /* !NF_LIB_BASE_SHELL_H */
