/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_TEXTS_H
#define NF_TRANSFORM_RECORD_TEXTS_H

#include "machine.h"

/*
 * The texts of references and templates for a record.
 */

/**
 * texts_ref(m, r, out):
 * Append the text of ${r}: a string's characters, a number or boolean as
 * served, after its functions.  Return 1; 0 if it is absent or null; -1 with a
 * fault if it is an array or object or a function rejected it.
 */
int texts_ref(struct machine *m, const struct ref *r, struct buf *out);

/**
 * texts_template(m, t, out):
 * Append the text of ${t}.  Return 1; 0 if a part is absent; -1.
 */
int texts_template(struct machine *m, const struct template *t,
    struct buf *out);

/**
 * texts_padded(out, n, pad):
 * Append ${n}, which is not 0, padded as function ${pad} does, to at most
 * PROOFS_MAX_WIDTH; false if it has more digits than that.
 */
bool texts_padded(struct buf *out, uint32_t n, const struct func *pad);

/**
 * texts_key(m, r):
 * Set m->key to the row key of ${r}; absent or empty parts are faults.  The
 * parts that are the same in all its rows of the record are kept between rows.
 * Return 0 or -1.
 */
int texts_key(struct machine *m, const struct rule *r);

/**
 * texts_put(out, p, n):
 * Append ${n} bytes of UTF-8 as a JSON string, with the escapes of
 * jsonw_string, so that equal texts give equal bytes.  EMIT_PAD bytes after
 * the text must be readable.
 */
void texts_put(struct buf *out, const uint8_t *p, size_t n);

#endif /* !NF_TRANSFORM_RECORD_TEXTS_H */
