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
struct parts;
struct reader;
struct store;
struct stream;
struct stream_item;
struct stream_out;

/**
 * emit_parts(r, s, parts, out, e):
 * Write the records of ${parts}, in order, to ${out},
 * each part checked.  If ${out} is NULL, no part is read, but all must exist
 * with their size and generation.  Return 0, or -1: ERR_DATA, code bad_part.
 */
int emit_parts(struct reader *r, struct store *s, const struct parts *parts,
    struct stream_out *out, struct err *e);

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
 * emit_end(s, m, o, out, e):
 * End the output of put, of the run ${m} in ${s}, as ${o} requires: seal it, or
 * write the manifest as one line.  Return 0 or -1.
 */
int emit_end(struct store *s, const struct manifest *m,
    const struct options *o, struct stream_out *out, struct err *e);

#endif /* !NF_STAGE_EMIT_H */
