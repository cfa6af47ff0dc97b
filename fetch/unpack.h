/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_UNPACK_H
#define NF_FETCH_UNPACK_H

#include <stdint.h>

/*
 * Bodies that are packed though nothing says so: a .json.gz served as it
 * lies there, or a file.
 */
struct buf;
struct err;

/**
 * unpack_body(body, max, e):
 * Replace ${body} by what it unpacks to, of ${max} bytes at most, as long as
 * it begins as gzip does.  Return 0, or -1 with ERR_DATA: code bad_gzip if it
 * is damaged or cut off, body_too_large.
 */
int unpack_body(struct buf *body, uint64_t max, struct err *e);

#endif /* !NF_FETCH_UNPACK_H */
