/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_GZIP_H
#define NF_LIB_BASE_GZIP_H

#include <stddef.h>

/*
 * Streaming gzip (RFC 1952), by ISA-L.  When writing, the header time is 0 and
 * no name is stored; when reading, the CRC32 and the size in the trailer are
 * checked.
 */
struct buf;
struct err;
struct gzip_writer;
struct gzip_reader;

/**
 * gzip_writer_new(e) / gzip_writer_free(w):
 * Make or free a compressor (level 1), which can write many members.
 */
struct gzip_writer *gzip_writer_new(struct err *e);
void gzip_writer_free(struct gzip_writer *w);

/**
 * gzip_write(w, p, n, last, out, e):
 * Compress ${n} bytes and append the output so far to ${out}.  If ${last} is
 * nonzero, end the member; the next call begins another.  Return 0 or -1.
 */
int gzip_write(struct gzip_writer *w, const void *p, size_t n, int last,
    struct buf *out, struct err *e);

/**
 * gzip_reader_new(e), gzip_reader_deflate(e) / gzip_reader_free(r):
 * Make or free a decompressor.  gzip_reader_deflate makes one for HTTP's
 * "deflate", which is the zlib format (RFC 1950); some servers send raw
 * deflate data (RFC 1951), which it also reads.
 */
struct gzip_reader *gzip_reader_new(struct err *e);
struct gzip_reader *gzip_reader_deflate(struct err *e);
void gzip_reader_free(struct gzip_reader *r);

/**
 * gzip_read(r, p, n, used, out, max, e):
 * Decompress the ${n} bytes at ${p} until all are used or ${max} bytes have
 * been appended to ${out}; store the number of bytes used in ${used}.  There
 * may be several members.  Return 0, or -1 with ERR_DATA (code bad_gzip).
 */
int gzip_read(struct gzip_reader *r, const void *p, size_t n, size_t *used,
    struct buf *out, size_t max, struct err *e);

/**
 * gzip_read_end(r, e):
 * There is no more input.  Return 0 if it ended with a complete member, else
 * -1 with ERR_DATA (code bad_gzip).
 */
int gzip_read_end(const struct gzip_reader *r, struct err *e);

#endif /* !NF_LIB_BASE_GZIP_H */
