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
 * Some records, copied, with the marks between them, and what became of them.
 */
struct batch_record {
	bool mark;         /* a cursor, no record */
	size_t at, len;    /* in ${in} */
	uint64_t line;
	uint64_t number;
	size_t out;        /* bytes of rows up to this record */
	uint64_t rows;     /* the same as a count */
	struct fault *fault; /* NULL: accepted */
};

struct batch {
	struct buf in;
	struct batch_record *record;
	size_t n;
	size_t ran;        /* how many were run */
	size_t wrote;      /* and handed on */
	struct buf out;
	uint64_t rows;
	bool no_memory;
	bool done;
};

/**
 * batch_new(e) / batch_free(b) / batch_reset(b):
 * An empty batch; its end (NULL is fine); empty it for the next records.
 */
struct batch *batch_new(struct err *e);
void batch_free(struct batch *b);
void batch_reset(struct batch *b);

/**
 * batch_empty(b) / batch_full(b) / batch_over(b):
 * Has it no records; no room for more; none that is not handed on.
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
 * Transform its records, from the first that was not, as far as there is room
 * for rows.
 */
void batch_run(struct batch *b, struct machine *m);

/**
 * batch_write(b, sink, e):
 * Hand on rows, refused records and marks, and so make room.  Return 0, or
 * -1 if the run ends here; then just the rows before that were handed on.
 */
int batch_write(struct batch *b, struct sink *sink, struct err *e);

#endif /* !NF_TRANSFORM_BATCH_H */
