/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_STAGE_READER_H
#define NF_STAGE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "part.h"
#include "stage/store/store.h"

/*
 * Turning stored bytes back into records: they are decompressed, counted,
 * checksummed, and passed on line by line.
 */
struct err;
struct parts;
struct reader;
struct receipt;
struct spool;
struct stream_out;

/* What an object contained. */
struct reader_found {
	uint64_t size;   /* stored bytes */
	uint32_t crc32c; /* of these */
	struct part_totals own;
};

/**
 * reader_new(max_line, e) / reader_free(r):
 * Create a reader for objects whose lines have at most ${max_line} bytes.
 */
struct reader *reader_new(size_t max_line, struct err *e);
void reader_free(struct reader *r);

/**
 * reader_object(r, s, name, want, out, found, e):
 * Read object ${name} (gzip if its first byte is that of gzip; for ${want} see
 * store_read), and write its records to ${out} (NULL: nowhere).  A last line
 * without newline gets one.  With ${want} NULL nothing vouches for the object,
 * and its lines are checked as put checks them.  Return 1 and fill ${found}, 0
 * if there is no such object, -1 on error: ERR_DATA, code bad_gzip, long_line,
 * nul_byte or bad_utf8.
 */
int reader_object(struct reader *r, struct store *s, const char *name,
    const struct store_info *want, struct stream_out *out,
    struct reader_found *found, struct err *e);

/**
 * reader_part(r, s, want, out, e):
 * The same for a part, which must match the receipt ${want}: size, CRC32C, raw
 * size, raw CRC32C, records.  Return 0, or -1: ERR_DATA (code bad_part) if it
 * does not.
 */
int reader_part(struct reader *r, struct store *s, const struct receipt *want,
    struct stream_out *out, struct err *e);

/**
 * reader_ahead(r, s, parts, first, n, e) / reader_ahead_end(r):
 * The caller will call reader_part for ${n} of ${parts}, stored in ${s}, in
 * order from ${first}: begin to read them ahead, see read_ahead_start.  Call
 * reader_ahead_end after the last call of reader_part, or after the first that
 * failed.  Return 0 or -1.
 */
int reader_ahead(struct reader *r, struct store *s,
    const struct parts *parts, size_t first, size_t n, struct err *e);
void reader_ahead_end(struct reader *r);

/**
 * reader_part_raw(r, s, want, sink, arg, e):
 * Like reader_part, but pass the records to ${sink}, whole lines at a time.
 */
int reader_part_raw(struct reader *r, struct store *s,
    const struct receipt *want, store_sink *sink, void *arg, struct err *e);

/**
 * reader_spool(r, p, out, e):
 * Write the records in the spool of ${p} to ${out}.  Return 0 or -1.
 */
int reader_spool(struct reader *r, const struct part *p,
    struct stream_out *out, struct err *e);

/**
 * reader_spool_raw(r, p, sink, arg, e):
 * The same, but pass them to ${sink}, whole lines at a time.
 */
int reader_spool_raw(struct reader *r, const struct part *p, store_sink *sink,
    void *arg, struct err *e);

#endif /* !NF_STAGE_READER_H */
