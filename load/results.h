/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_RESULTS_H
#define NF_LOAD_RESULTS_H

#include <stdint.h>

/*
 * The results of rows, as NDJSON: one line for each row that failed, or for
 * each row: {"index","line","row","code","status","message","attempts",
 * "whole"}, where whole means that the entire request was refused, not just
 * this row.
 */
struct err;
struct results;
struct target_outcome;

enum results_which { RESULTS_FAILED, RESULTS_ALL };

/**
 * results_open(path, which, e):
 * Open the file ${path}, or stdout if it is "-", for results of ${which} rows.
 * Return it or NULL (ERR_IO).
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
 * Write the buffered lines and free ${r} (may be NULL).  Return 0 or -1.
 */
int results_close(struct results *r, struct err *e);

#endif /* !NF_LOAD_RESULTS_H */
