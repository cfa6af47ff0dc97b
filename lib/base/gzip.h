/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_GZIP_H
#define NF_LIB_BASE_GZIP_H

#include <stddef.h>

/*
 * gzip (RFC 1952) by ISA-L, in streams.  The header time is 0 and no name is
 * stored; the CRC32 and size in the trailer are checked when reading.
 */
struct buf;
struct err;
struct gzip_writer;
struct gzip_reader;

/**
 * gzip_writer_new(e) / gzip_writer_free(w):
 * A compressor (level 1), for one member after another.
 */
struct gzip_writer *gzip_writer_new(struct err *e);
void gzip_writer_free(struct gzip_writer *w);

/**
 * gzip_write(w, p, n, last, out, e):
 * Compress ${n} bytes and append to ${out} what comes of it; with ${last}
 * nonzero end the member (the next call begins another).  Return 0 or -1.
 */
int gzip_write(struct gzip_writer *w, const void *p, size_t n, int last,
    struct buf *out, struct err *e);

/**
 * gzip_reader_new(e), gzip_reader_deflate(e) / gzip_reader_free(r):
 * A decompressor; one for HTTP's "deflate", which is zlib's format
 * (RFC 1950), and of some servers what is in it (RFC 1951).
 */
struct gzip_reader *gzip_reader_new(struct err *e);
struct gzip_reader *gzip_reader_deflate(struct err *e);
void gzip_reader_free(struct gzip_reader *r);

/**
 * gzip_read(r, p, n, used, out, max, e):
 * Decompress from ${n} bytes at ${p} until they are used up or ${max} bytes
 * were appended to ${out}; store how many were used in ${used}.  Members may
 * follow one another.  Return 0, or -1 with ERR_DATA (code bad_gzip).
 */
int gzip_read(struct gzip_reader *r, const void *p, size_t n, size_t *used,
    struct buf *out, size_t max, struct err *e);

/**
 * gzip_read_end(r, e):
 * There is no more input.  Return 0 if it ended with a whole member, else -1
 * with ERR_DATA (code bad_gzip).
 */
int gzip_read_end(const struct gzip_reader *r, struct err *e);

#endif /* !NF_LIB_BASE_GZIP_H */
