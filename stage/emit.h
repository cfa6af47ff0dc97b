/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_EMIT_H
#define NF_STAGE_EMIT_H

#include <stddef.h>

/*
 * Writing stored records to the output: the parts of a chain, the records of a
 * run that is already committed, and the end of the output.
 */
struct err;
struct manifest;
struct options;
struct reader;
struct receipt;
struct store;
struct stream;
struct stream_item;
struct stream_out;

/**
 * emit_parts(r, s, part, n, out, e):
 * Write the records of the ${n} parts ${part}, in order from 0, to ${out},
 * each part checked.  If ${out} is NULL, no part is read, but all must exist
 * with their size and generation.  Return 0, or -1: ERR_DATA, code bad_part.
 */
int emit_parts(struct reader *r, struct store *s, const struct receipt *part,
    size_t n, struct stream_out *out, struct err *e);

/**
 * emit_up(s, o, m, r, in, item, out, e):
 * The run is already committed as ${m}: write its records to ${out}, drain
 * ${in}, from which ${item} was read last, and warn if ${in} holds other
 * records.  Return 0 or -1.
 */
int emit_up(struct store *s, const struct options *o,
    const struct manifest *m, struct reader *r, struct stream *in,
    struct stream_item *item, struct stream_out *out, struct err *e);

/**
 * emit_end(m, o, out, e):
 * End the output of put as ${o} requires: seal it, or write the manifest as
 * one line.  Return 0 or -1.
 */
int emit_end(const struct manifest *m, const struct options *o,
    struct stream_out *out, struct err *e);

#endif /* !NF_STAGE_EMIT_H */
