/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_KEY_REPORT_H
#define NF_TRANSFORM_KEY_REPORT_H

#include <stddef.h>

/*
 * How the row keys of a run are distributed, by table.  One node serves rows
 * next to each other, so keys that follow the order of the stream, or that all
 * share a prefix, create a hot spot; rows with equal keys overwrite each
 * other.  Prefixes, splits and the distribution are estimated from a sample of
 * fixed size; equal keys are counted among the first million.
 */
struct buf;
struct err;
struct key_report;
struct program;

/**
 * key_report_new(prog, e) / key_report_free(r):
 * Return an empty report on the rows of ${prog}, which is borrowed; free it
 * (NULL is fine).
 */
struct key_report *key_report_new(const struct program *prog, struct err *e);
void key_report_free(struct key_report *r);

/**
 * key_report_add(r, rows, n, e):
 * Add the keys of the rows, lines of a mutation stream, in the ${n} bytes at
 * ${rows}, which have SCAN_PAD readable bytes after them.  Return 0 or -1.
 */
int key_report_add(struct key_report *r, const void *rows, size_t n,
    struct err *e);

/**
 * key_report_write(r, out):
 * Append the report, one line with a JSON object for each table.
 */
void key_report_write(struct key_report *r, struct buf *out);

#endif /* !NF_TRANSFORM_KEY_REPORT_H */
