/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_FIELD_H
#define NF_FETCH_FIELD_H

#include <stddef.h>

/*
 * A field of a record as part of a request, with --each.  Records are
 * untrusted: values that could change the meaning of the request around them
 * are rejected.
 */
struct buf;
struct err;
struct scan;

/**
 * field_text(record, pointer, n, out, e):
 * Append the text, number or boolean that the JSON Pointer of ${n} bytes finds
 * in ${record} (NULL: finds nothing) to ${out}; a number keeps its digits.
 * Return 0, or -1: ERR_CONFIG for an invalid pointer; ERR_DATA, code no_field,
 * for any other kind of value, no value, or an empty text; ERR_DATA, code
 * bad_field, for control characters and for "." and "..", which would change
 * the path of a URL.
 */
int field_text(const struct scan *record, const char *pointer, size_t n,
    struct buf *out, struct err *e);

#endif /* !NF_FETCH_FIELD_H */
