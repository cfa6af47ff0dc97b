/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_BATCH_H
#define NF_TRANSFORM_BATCH_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/stream/stream.h"
#include "transform/record/machine.h"

struct err;
struct sink;

/*
 * A batch of records, copied, with the marks between them and their results.
 */
struct batch_record {
	bool mark;         /* a cursor, not a record */
	size_t at, len;    /* in ${in} */
	uint64_t line;
	uint64_t number;
	size_t out;        /* bytes of rows up to this record */
	uint64_t rows;     /* the number of these rows */
	struct fault *fault; /* NULL: accepted */
};

struct batch {
	struct buf in;
	struct batch_record *record;
	size_t n;
	size_t ran;        /* how many have been run */
	size_t wrote;      /* how many were passed on */
	struct buf out;
	uint64_t rows;
	bool no_memory;
	bool done;
};

/**
 * batch_new(e) / batch_free(b) / batch_reset(b):
 * Return an empty batch; free it (NULL is fine); empty it for the next
 * records.
 */
struct batch *batch_new(struct err *e);
void batch_free(struct batch *b);
void batch_reset(struct batch *b);

/**
 * batch_empty(b) / batch_full(b) / batch_over(b):
 * Return whether it has no records; no room for more; none left to pass on.
 */
bool batch_empty(const struct batch *b);
bool batch_full(const struct batch *b);
bool batch_over(const struct batch *b);

/**
 * batch_add(b, item, number, e):
 * Copy a record, number ${number} of the run, or a mark; ${b} is not full.
 * Return 0 or -1.
 */
int batch_add(struct batch *b, const struct stream_item *item,
    uint64_t number, struct err *e);

/**
 * batch_run(b, m):
 * Transform its records, starting with the first one not yet run, as long as
 * there is room for rows.
 */
void batch_run(struct batch *b, struct machine *m);

/**
 * batch_write(b, sink, e):
 * Pass on rows, rejected records and marks, which makes room.  Return 0, or -1
 * if the run ends here; then exactly the rows before that were passed on.
 */
int batch_write(struct batch *b, struct sink *sink, struct err *e);

#endif /* !NF_TRANSFORM_BATCH_H */
