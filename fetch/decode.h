/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_DECODE_H
#define NF_FETCH_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/charset.h"

/*
 * Responses that are not plain UTF-8: those in another charset, and gzip
 * without a Content-Encoding, such as a .json.gz served as is, or a file.
 */
struct err;
struct http_response;

/**
 * decode_needed(r, forced):
 * Return whether the body of ${r} must be decoded before it is read.
 * ${forced} is its charset, or CHARSET_UNKNOWN to use the one that the
 * response declares or that its bytes show.
 */
bool decode_needed(const struct http_response *r, enum charset forced);

/**
 * decode_answer(r, forced, max, mislabelled, e):
 * Replace the body of ${r} by its unpacked text in UTF-8, of ${max} bytes at
 * most.  ${mislabelled}: set if it declares another charset but is UTF-8, and
 * is read as UTF-8.  Return 0, or -1 with ERR_DATA: code bad_gzip (damaged or
 * cut off), body_too_large, bad_charset (an unknown charset, or bytes that are
 * invalid in it; ERR_TEMP if it is cut off).
 */
int decode_answer(struct http_response *r, enum charset forced, uint64_t max,
    bool *mislabelled, struct err *e);

#endif /* !NF_FETCH_DECODE_H */
