/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_WRITER_H
#define NF_STAGE_WRITER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Writing records into parts: when a part ends, it is stored in the background
 * while the next part is written; once stored, it goes to the output.
 */
struct err;
struct options;
struct part_place;
struct part_totals;
struct parts;
struct reader;
struct store;
struct stream_item;
struct stream_out;
struct writer;

/**
 * writer_new(s, o, meta, place, stored, r, out, e) / writer_free(w):
 * Create a writer to ${s} that starts at ${place}; ${meta} is custom metadata
 * for parts.  Every stored part is added to ${stored}, and its
 * records go to ${out} (through ${r}) if ${o} says so.  All arguments are
 * borrowed.  Return it or NULL.
 */
struct writer *writer_new(struct store *s, const struct options *o,
    const char *meta, const struct part_place *place, struct parts *stored,
    struct reader *r, struct stream_out *out, struct err *e);
void writer_free(struct writer *w);

/**
 * writer_expect_marks(w):
 * The stream may have marks: parts end at a mark, not when they are full.
 */
void writer_expect_marks(struct writer *w);

/**
 * writer_record(w, item, e):
 * Add a record, after checking that it is JSON.  Return 0, or -1: ERR_DATA
 * with the line number, or the error from storing the previous part.
 */
int writer_record(struct writer *w, const struct stream_item *item,
    struct err *e);

/**
 * writer_mark(w, cursor, n, e):
 * A later attempt can start from ${cursor}, ${n} bytes of JSON, and skip all
 * records before it: a part can end here.  Return 0 or -1.
 */
int writer_mark(struct writer *w, const void *cursor, size_t n,
    struct err *e);

/**
 * writer_wait(w):
 * Return in how many milliseconds the current part should end because of its
 * age; -1 if it should not.
 */
int64_t writer_wait(const struct writer *w);

/**
 * writer_tick(w, e):
 * No input is available now: end the part if it is old enough, and write the
 * records stored in the meantime to the output.  Return 0 or -1.
 */
int writer_tick(struct writer *w, struct err *e);

/**
 * writer_keep(w, e):
 * The stream broke off, or a signal interrupted an operation of ${w}: store
 * the records before the last mark, and none after it.  Nothing goes to the
 * output.  Only writer_free may follow.  Return how many records were stored
 * in addition to those of complete parts, or -1.
 */
int64_t writer_keep(struct writer *w, struct err *e);

/**
 * writer_finish(w, e):
 * There are no more records: store the rest and write it to the output.
 * Return 0 or -1.
 */
int writer_finish(struct writer *w, struct err *e);

/**
 * writer_totals(w):
 * Return the totals of all parts; valid as long as ${w}.
 */
const struct part_totals *writer_totals(const struct writer *w);

#endif /* !NF_STAGE_WRITER_H */
