/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_SUMMARY_H
#define NF_LIB_CLI_SUMMARY_H

#include <stdbool.h>

/*
 * What a tool has done, in one line: for machines, and for people.
 */
struct app;
struct buf;

/**
 * summary_json(a, b):
 * Append one object with everything about the run of ${a}, as nf-log(5) has
 * it, to ${b}.
 */
void summary_json(const struct app *a, struct buf *b);

/**
 * summary_text(a, b):
 * Append what a person wants to know of it, such as "3 records, 1 part,
 * committed, 0.12 s".
 */
void summary_text(struct app *a, struct buf *b);

/**
 * summary_is_news(a):
 * Return true if a person is to read the text.  On a terminal what succeeds
 * within a second prints nothing, unless something was rejected or retried, or
 * it is a verb whose word is all that it has; -v and a format that was asked
 * for print it always.  Nothing is said of what has done nothing.
 */
bool summary_is_news(const struct app *a);

#endif /* !NF_LIB_CLI_SUMMARY_H */
