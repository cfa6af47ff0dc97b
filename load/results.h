/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_RESULTS_H
#define NF_LOAD_RESULTS_H

#include <stdint.h>

/*
 * What became of rows, as NDJSON: one line for each that failed, or for
 * each: {"index","line","row","code","status","message","attempts",
 * "whole"}, where whole means that the request was refused, not just this row.
 */
struct err;
struct results;
struct target_outcome;

enum results_which { RESULTS_FAILED, RESULTS_ALL };

/**
 * results_open(path, which, e):
 * Write ${which} rows to the file ${path}, or to stdout if it is "-".  Return
 * it or NULL (ERR_IO).
 */
struct results *results_open(const char *path, enum results_which which,
    struct err *e);

/**
 * results_add(r, o, e):
 * Write a line about ${o}.  Return 0 or -1.
 */
int results_add(struct results *r, const struct target_outcome *o,
    struct err *e);

/**
 * results_close(r, e):
 * Write what is buffered and free ${r} (NULL is fine).  Return 0 or -1.
 */
int results_close(struct results *r, struct err *e);

#endif /* !NF_LOAD_RESULTS_H */
