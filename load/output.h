/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_OUTPUT_H
#define NF_LOAD_OUTPUT_H

#include <stddef.h>

/*
 * Code shared by the verbs that read tables: a list of tables, and output of
 * lines to stdout.
 */
struct app;
struct buf;
struct err;

#define OUTPUT_FLUSH ((size_t)64 << 10) /* as much is written at once */

struct output_tables {
	char **name;
	size_t n;
};

/**
 * output_add_table(t, name) / output_free_tables(t):
 * Add a copy of ${name} to ${t}, a struct output_tables, as a callback for
 * list_tables of target.h; free them.  Return 0, or -1 if there is no memory.
 */
int output_add_table(void *t, const char *name);
void output_free_tables(struct output_tables *t);

/**
 * output_flush(b, app, e) / output_written(b, app, e):
 * Write all of ${b} to stdout and count it in ${app}; output_written writes
 * only if ${b} holds enough to be worth a write.  Return 0 or -1.
 */
int output_flush(struct buf *b, struct app *app, struct err *e);
int output_written(struct buf *b, struct app *app, struct err *e);

#endif /* !NF_LOAD_OUTPUT_H */
