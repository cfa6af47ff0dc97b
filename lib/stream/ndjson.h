/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_STREAM_NDJSON_H
#define NF_LIB_STREAM_NDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Lines of NDJSON from a file descriptor, without copying.  Accepts \r\n,
 * blank lines (skipped, but counted), a missing last newline and a byte
 * order mark at the very start; refuses NUL and lines over a limit.  Every \r
 * before the newline is dropped: a line that is written and read again is the
 * same, and so is its checksum.  The reader does not check that a line is
 * JSON.
 */
#define NDJSON_MAX_LINE ((size_t)16 << 20)

struct err;
struct ndjson;

/**
 * ndjson_open(fd, max_line, e):
 * Read from ${fd}, which stays the caller's; a line may have at most
 * ${max_line} bytes.  Return the reader or NULL (no memory).
 */
struct ndjson *ndjson_open(int fd, size_t max_line, struct err *e);

/**
 * ndjson_free(r):
 * Free ${r}; NULL is fine.
 */
void ndjson_free(struct ndjson *r);

/**
 * ndjson_read(r, line, len, e):
 * Get the next line that is not blank, without its newline.  ${line} is
 * valid until the next call and has SCAN_PAD readable bytes after it.
 * Return 1, or 0 at the end, or -1: ERR_DATA (code nul_byte or long_line, with
 * the line number; not_ndjson for the first line), ERR_IO, ERR_SIGNAL.
 */
int ndjson_read(struct ndjson *r, const uint8_t **line, size_t *len,
    struct err *e);

/**
 * ndjson_line(r), ndjson_bytes(r):
 * Return the number (from 1) of the last line read, and the bytes consumed up
 * to its end.
 */
uint64_t ndjson_line(const struct ndjson *r);
uint64_t ndjson_bytes(const struct ndjson *r);

/**
 * ndjson_buffered(r):
 * Return true if another complete line is already in memory, so that
 * ndjson_read will not wait.
 */
bool ndjson_buffered(struct ndjson *r);

/**
 * ndjson_fill(r, e):
 * Read once, unless a complete line (or the end) is already in memory.  This is
 * for a caller with other work to do while only part of a line has arrived.
 * The last line read is no longer valid.  Return 1 if ndjson_read will not
 * wait, 0 if it may, -1 as ndjson_read does.
 */
int ndjson_fill(struct ndjson *r, struct err *e);

/**
 * ndjson_ended(r):
 * Return true if the last line read had no newline: it was the last of the
 * input.
 */
bool ndjson_ended(const struct ndjson *r);

#endif /* !NF_LIB_STREAM_NDJSON_H */
