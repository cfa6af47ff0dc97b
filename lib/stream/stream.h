/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_STREAM_STREAM_H
#define NF_LIB_STREAM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "proof.h"

/*
 * Record streams and their seal, nf-stream(5).  A sealed stream is framed by
 * control lines, objects whose first key is "$nf":
 *
 *	{"$nf":"begin","v":1,"run":R,"source":H,"at":T,"from":C|null,"before":N}
 *	{"$nf":"mark","cursor":{...}}
 *	{"$nf":"end","records":N,"crc32c":"8 hex digits","proof":P}
 *
 * A producer that dies therefore never looks like one that has finished.
 */
struct err;

#define STREAM_MAX_CURSOR 4096 /* bytes of JSON in a mark */
#define STREAM_MAX_RUN 256     /* bytes of a run id */

/* The content of a begin line. */
struct stream_begin {
	char run[STREAM_MAX_RUN + 1]; /* run id; may be empty */
	char source[65];              /* sha256 in hex; may be empty */
	int64_t at;                   /* start of the run, microseconds */
	struct buf from;              /* cursor as raw JSON, or "null" */
	bool share;                   /* the stream is a part of a run: */
	uint64_t before;              /* records of the run before this part */
};

enum stream_kind {
	STREAM_EOF,    /* the end; if sealed, the end line was correct */
	STREAM_RECORD, /* a record */
	STREAM_BEGIN,  /* see stream_head() */
	STREAM_MARK    /* line/len: the cursor, raw JSON */
};

struct stream_item {
	enum stream_kind kind;
	const uint8_t *line; /* valid until the next read; SCAN_PAD after it */
	size_t len;
	uint64_t number; /* line number, from 1 */
};

struct stream;

/**
 * stream_open(fd, max_line, e):
 * Read a record stream from ${fd}, which stays the caller's.  Return the
 * reader or NULL.
 */
struct stream *stream_open(int fd, size_t max_line, struct err *e);
void stream_free(struct stream *s);

/**
 * stream_read(s, item, e):
 * Get the next item.  A record is not scanned yet: its JSON may be invalid.
 * Return 0, or -1: ERR_TEMP with cause upstream if a sealed stream has no
 * end (code cut_off), ERR_DATA if its count or CRC is wrong (bad_seal) or if a
 * control line is malformed or misplaced (bad_control), or an error of
 * ndjson_read.
 */
int stream_read(struct stream *s, struct stream_item *item, struct err *e);

enum stream_sum { STREAM_SUM, STREAM_NO_SUM };

/**
 * stream_sum(s, sum):
 * Turn the CRC32C of an unsealed stream on (only before the first record) or
 * off.
 */
void stream_sum(struct stream *s, enum stream_sum sum);

/**
 * stream_sealed(s) / stream_head(s) / stream_records(s) / stream_place(s) /
 * stream_bytes(s) / stream_crc32c(s) / stream_buffered(s) /
 * stream_proof(s):
 * Return, in this order: whether the stream is sealed (known after the first
 * read); the begin line of a sealed stream, else NULL; the records read so far;
 * the number of the last record in its run, from 1; the bytes read so far; the
 * CRC32C of the records so far, each with one LF, if the stream is sealed or
 * stream_sum() turned it on; whether a complete line is in memory; the proof of
 * the end line, which is PROOF_NONE before the end and if there is no proof.
 */
bool stream_sealed(const struct stream *s);
const struct stream_begin *stream_head(const struct stream *s);
uint64_t stream_records(const struct stream *s);
uint64_t stream_place(const struct stream *s);
uint64_t stream_bytes(const struct stream *s);
uint32_t stream_crc32c(const struct stream *s);
bool stream_buffered(const struct stream *s);
const struct proof *stream_proof(const struct stream *s);

/**
 * stream_whole(s, item, e):
 * Check whether the end of a stream on standard input, whose first item is
 * ${item}, proves that it is complete.  Return 0 for a sealed stream and for a
 * regular file, else -1: ERR_USAGE (code unsealed), or ERR_TEMP with cause
 * upstream if the input is empty (cut_off).  Both messages name --unsealed; the
 * caller must have that option.
 */
int stream_whole(const struct stream *s, const struct stream_item *item,
    struct err *e);

/**
 * stream_fill(s, e):
 * As ndjson_fill: read once and return 1 if stream_read will not wait, 0 if
 * it may, -1 on error.  The last item read is no longer valid.
 */
int stream_fill(struct stream *s, struct err *e);

/**
 * stream_is_control(line, len):
 * Return true if ${line} is an object whose first key, with escapes resolved,
 * is "$nf".
 */
bool stream_is_control(const uint8_t *line, size_t len);

/* A record stream being written: buffered, counted, optionally sealed. */
struct stream_out {
	int fd;
	bool sealed;
	uint64_t records;
	uint64_t bytes;
	uint32_t crc32c;
	struct buf buf;
};

/**
 * stream_out_init(o, fd) / stream_out_free(o):
 * Write to ${fd}, which stays the caller's.  Not sealed until
 * stream_out_begin is called.
 */
void stream_out_init(struct stream_out *o, int fd);
void stream_out_free(struct stream_out *o);

/**
 * stream_out_begin(o, b, e), stream_out_record(o, p, n, e),
 * stream_out_mark(o, cursor, n, e), stream_out_end(o, proof, e):
 * Write the begin line, which makes the stream a sealed one; a record of ${n}
 * bytes without its newline; a mark with a cursor of raw JSON; the end line
 * with ${proof} (NULL: without a proof).
 * Marks and the end line are left out if the stream is not sealed.
 * stream_out_end flushes.  Return 0, or -1: ERR_PIPE, ERR_IO, ERR_SIGNAL;
 * ERR_DATA (code looks_like_control) for a record that is a control line;
 * ERR_DATA for a cursor over STREAM_MAX_CURSOR.
 */
int stream_out_begin(struct stream_out *o, const struct stream_begin *b,
    struct err *e);
int stream_out_record(struct stream_out *o, const void *p, size_t n,
    struct err *e);
int stream_out_mark(struct stream_out *o, const void *cursor, size_t n,
    struct err *e);
int stream_out_end(struct stream_out *o, const struct proof *proof,
    struct err *e);

/**
 * stream_out_lines(o, p, n, records, e):
 * Write ${records} records together: ${n} bytes at ${p}, where each record ends
 * in a newline.  The caller makes sure that no record is a control line.
 * Return 0 or -1.
 */
int stream_out_lines(struct stream_out *o, const void *p, size_t n,
    uint64_t records, struct err *e);

/**
 * stream_out_flush(o, e):
 * Write the buffered data.  Return 0 or -1.
 */
int stream_out_flush(struct stream_out *o, struct err *e);

/**
 * stream_begin_init(b) / stream_begin_free(b):
 * Make ${b} empty (from null); free what it holds.
 */
void stream_begin_init(struct stream_begin *b);
void stream_begin_free(struct stream_begin *b);

/**
 * stream_begin_copy(to, from, e):
 * Copy ${from} to ${to}, which is initialized.  Return 0 or -1 (no memory).
 */
int stream_begin_copy(struct stream_begin *to,
    const struct stream_begin *from, struct err *e);

/**
 * stream_begin_resumes(b):
 * Return true if the stream continues from a cursor instead of starting at the
 * first record of its run.
 */
bool stream_begin_resumes(const struct stream_begin *b);

#endif /* !NF_LIB_STREAM_STREAM_H */
