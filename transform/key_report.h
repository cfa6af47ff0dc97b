/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_KEY_REPORT_H
#define NF_TRANSFORM_KEY_REPORT_H

#include <stddef.h>

/*
 * How the row keys of a run spread, by table: rows next to each other are
 * served by one node, so keys that follow the order of the stream, or that
 * all have one beginning, make a hot spot; rows with equal keys overwrite each
 * other.  Prefixes, splits and the spread are estimated from a sample of fixed
 * size, equal keys counted among the first million.
 */
struct buf;
struct err;
struct key_report;
struct program;

/**
 * key_report_new(prog, e) / key_report_free(r):
 * An empty report of what ${prog}, which is borrowed, makes; its end (NULL is
 * fine).
 */
struct key_report *key_report_new(const struct program *prog, struct err *e);
void key_report_free(struct key_report *r);

/**
 * key_report_add(r, rows, n, e):
 * Add the keys of the rows, lines of a mutation stream, in ${n} bytes with
 * SCAN_PAD readable bytes after them.  Return 0 or -1.
 */
int key_report_add(struct key_report *r, const void *rows, size_t n,
    struct err *e);

/**
 * key_report_write(r, out):
 * Append the report, a JSON object a line for each table.
 */
void key_report_write(struct key_report *r, struct buf *out);

#endif /* !NF_TRANSFORM_KEY_REPORT_H */
