/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_SUMMARY_H
#define NF_LIB_CLI_SUMMARY_H

#include <stdbool.h>

/*
 * A summary of what a tool has done, in one line: for machines, and for
 * people.
 */
struct app;
struct buf;

/**
 * summary_json(a, b):
 * Append one object with everything about the run of ${a} to ${b}, as
 * described in nf-log(5).
 */
void summary_json(const struct app *a, struct buf *b);

/**
 * summary_text(a, b):
 * Append the same for a person, in short: "3 records, 1 part, committed,
 * 0.12 s".
 */
void summary_text(struct app *a, struct buf *b);

/**
 * summary_is_news(a):
 * Return true if the text is to be shown.  On a terminal, a run that succeeds
 * within a second shows nothing, unless something was rejected or retried, or
 * the verb has no other output.  With -v or an explicit format, the text of
 * every run that did something is shown.
 */
bool summary_is_news(const struct app *a);

#endif /* !NF_LIB_CLI_SUMMARY_H */
