/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_OUTPUT_H
#define NF_LOAD_OUTPUT_H

#include <stddef.h>

/*
 * What the verbs that read tables share: a list of tables, and lines on
 * their way to stdout.
 */
struct app;
struct buf;
struct err;

#define VERB_FLUSH ((size_t)64 << 10) /* as much is written at once */

struct verb_tables {
	char **name;
	size_t n;
};

/**
 * verb_add_table(t, name) / verb_free_tables(t):
 * Add a copy of ${name} to ${t}, a struct verb_tables, as list_tables of
 * target.h wants it; free them.  Return 0, or -1 without memory.
 */
int verb_add_table(void *t, const char *name);
void verb_free_tables(struct verb_tables *t);

/**
 * verb_flush(b, app, e) / verb_written(b, app, e):
 * Write all of ${b} to stdout, counted in ${app}; only if it is enough to be
 * worth it.  Return 0 or -1.
 */
int verb_flush(struct buf *b, struct app *app, struct err *e);
int verb_written(struct buf *b, struct app *app, struct err *e);

#endif /* !NF_LOAD_OUTPUT_H */
