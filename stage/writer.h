/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_WRITER_H
#define NF_STAGE_WRITER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Records into parts: when a part ends, it is stored in the background while
 * the next is made, and handed on once it is stored.
 */
struct chain;
struct err;
struct options;
struct part_place;
struct part_totals;
struct reader;
struct store;
struct stream_item;
struct stream_out;
struct writer;

/**
 * writer_new(s, o, meta, place, chain, r, out, e) / writer_free(w):
 * Write to ${s} from ${place} on; ${meta} is custom metadata for parts.  The
 * receipt of every part stored is added to ${chain}, its records go to
 * ${out} (through ${r}) if ${o} says so.  All is borrowed.  Return it or
 * NULL.
 */
struct writer *writer_new(struct store *s, const struct options *o,
    const char *meta, const struct part_place *place, struct chain *chain,
    struct reader *r, struct stream_out *out, struct err *e);
void writer_free(struct writer *w);

/**
 * writer_expect_marks(w):
 * The stream may have marks: parts end there, not where they are full.
 */
void writer_expect_marks(struct writer *w);

/**
 * writer_record(w, item, e):
 * Add a record, after a look whether it is JSON.  Return 0, or -1: ERR_DATA
 * naming the line, or what storing the part before says.
 */
int writer_record(struct writer *w, const struct stream_item *item,
    struct err *e);

/**
 * writer_mark(w, cursor, n, e):
 * All before can be skipped by starting from ${cursor}, ${n} bytes of JSON:
 * a place to end a part.  Return 0 or -1.
 */
int writer_mark(struct writer *w, const void *cursor, size_t n,
    struct err *e);

/**
 * writer_wait(w):
 * Return in how many milliseconds the part under way should end, because of
 * its age, where it is; -1 if it should not.
 */
int64_t writer_wait(const struct writer *w);

/**
 * writer_tick(w, e):
 * Nothing comes for now: end the part if it is old enough, and hand on what
 * was stored meanwhile.  Return 0 or -1.
 */
int writer_tick(struct writer *w, struct err *e);

/**
 * writer_keep(w, e):
 * The stream broke off, or a signal ended what was asked of ${w}: store what
 * came before the last mark, and nothing of what came after it.  Nothing is
 * handed on.  Only writer_free may follow.  Return how many records were
 * stored besides those of whole parts, or -1.
 */
int64_t writer_keep(struct writer *w, struct err *e);

/**
 * writer_finish(w, e):
 * There are no more records: store and hand on the rest.  Return 0 or -1.
 */
int writer_finish(struct writer *w, struct err *e);

/**
 * writer_totals(w):
 * Return what all parts hold together, valid as long as ${w}.
 */
const struct part_totals *writer_totals(const struct writer *w);

#endif /* !NF_STAGE_WRITER_H */
