/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_SHELL_H
#define NF_LIB_BASE_SHELL_H

/*
 * Text that a shell reads.
 */
struct buf;

/**
 * shell_quote(b, text):
 * Append ${text} (NULL: nothing) in single quotes: one word, which a shell
 * takes as it is.
 */
void shell_quote(struct buf *b, const char *text);

#endif /* !NF_LIB_BASE_SHELL_H */
