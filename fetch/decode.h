/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_DECODE_H
#define NF_FETCH_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/charset.h"

/*
 * Answers that are not plain UTF-8: in another charset, and gzip that nothing
 * announces, a .json.gz served as it lies there, or a file.
 */
struct err;
struct http_response;

/**
 * decode_needed(r, forced):
 * Must the body of ${r} be decoded before it is read?  ${forced} is its
 * charset, or CHARSET_UNKNOWN for the one that it says or shows.
 */
bool decode_needed(const struct http_response *r, enum charset forced);

/**
 * decode_answer(r, forced, max, mislabelled, e):
 * Replace the body of ${r} by what it unpacks to and is in UTF-8, of ${max}
 * bytes at most.  ${mislabelled}: it says to be in another charset and is
 * UTF-8, as which it is taken.  Return 0, or -1 with ERR_DATA: code bad_gzip
 * (damaged or cut off), body_too_large, bad_charset (an unknown one, or bytes
 * it does not have; ERR_TEMP if it is cut off).
 */
int decode_answer(struct http_response *r, enum charset forced, uint64_t max,
    bool *mislabelled, struct err *e);

#endif /* !NF_FETCH_DECODE_H */
