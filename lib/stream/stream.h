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
 * so that a producer that dies never looks like one that has finished.
 */
struct err;

#define STREAM_MAX_CURSOR 4096 /* bytes of JSON in a mark */
#define STREAM_MAX_RUN 256     /* bytes of a run id */

/* What a begin line says. */
struct stream_begin {
	char run[STREAM_MAX_RUN + 1]; /* run id; may be empty */
	char source[65];              /* sha256 in hex; may be empty */
	int64_t at;                   /* start of the run, microseconds */
	struct buf from;              /* cursor as raw JSON, or "null" */
	bool share;                   /* these are a part of a run: */
	uint64_t before;              /* records of the run before them */
};

enum stream_kind {
	STREAM_EOF,    /* the end; if sealed, the end line was right */
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
 * Get the next item.  A record is not scanned yet: its JSON may be bad.
 * Return 0, or -1: ERR_TEMP with cause upstream if a sealed stream has no
 * end (code cut_off), ERR_DATA if its count or CRC is wrong (bad_seal), if a
 * control line is malformed or out of place (bad_control), or what
 * ndjson_read says.
 */
int stream_read(struct stream *s, struct stream_item *item, struct err *e);

enum stream_sum { STREAM_SUM, STREAM_NO_SUM };

/**
 * stream_sum(s, sum):
 * From the first record on, get the CRC32C also of what has no seal; or do so
 * no longer.
 */
void stream_sum(struct stream *s, enum stream_sum sum);

/**
 * stream_sealed(s) / stream_head(s) / stream_records(s) / stream_place(s) /
 * stream_bytes(s) / stream_crc32c(s) / stream_buffered(s) /
 * stream_proof(s):
 * Is it sealed (known after the first read); the begin line of a sealed
 * stream, else NULL; records read so far; the place in its run of the last of
 * them, from 1; bytes read so far; CRC32C of the records so far, each with
 * one LF, if it is sealed or stream_sum() asked for it; is a whole line waiting
 * in memory; what the end line says, PROOF_NONE before it and if it says
 * nothing.
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
 * May the stream that begins with ${item}, the first read from standard input,
 * count as complete when it ends?  Return 0 for a sealed stream and for a
 * regular file, else -1: ERR_USAGE (code unsealed), or ERR_TEMP with cause
 * upstream if there was nothing at all (cut_off).  Both name --unsealed,
 * which is for the caller to know.
 */
int stream_whole(const struct stream *s, const struct stream_item *item,
    struct err *e);

/**
 * stream_fill(s, e):
 * As ndjson_fill: read once and return 1 if stream_read will not wait, 0 if
 * it may, -1 on error.  The item read last is gone.
 */
int stream_fill(struct stream *s, struct err *e);

/**
 * stream_is_control(line, len):
 * Return true if ${line} is an object whose first key, escapes resolved, is
 * "$nf".
 */
bool stream_is_control(const uint8_t *line, size_t len);

/* A record stream being written: buffered, counted, perhaps sealed. */
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
 * Write the begin line (and so seal the stream), a record of ${n} bytes
 * without its newline, a mark with a cursor of raw JSON, the end line with
 * ${proof} (NULL: none).
 * Marks and the end are left out if the stream is not sealed.
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
 * Write ${records} records at once: ${n} bytes at ${p}, each record ending
 * in a newline, none of them a control line (the caller made sure).  Return
 * 0 or -1.
 */
int stream_out_lines(struct stream_out *o, const void *p, size_t n,
    uint64_t records, struct err *e);

/**
 * stream_out_flush(o, e):
 * Write what is buffered.  Return 0 or -1.
 */
int stream_out_flush(struct stream_out *o, struct err *e);

/**
 * stream_begin_init(b) / stream_begin_free(b):
 * An empty begin (from null) and its release.
 */
void stream_begin_init(struct stream_begin *b);
void stream_begin_free(struct stream_begin *b);

/**
 * stream_begin_copy(to, from, e):
 * Make ${to} (initialised) equal to ${from}.  Return 0 or -1 (no memory).
 */
int stream_begin_copy(struct stream_begin *to,
    const struct stream_begin *from, struct err *e);

/**
 * stream_begin_resumes(b):
 * Does the stream go on from a cursor, not from the first record of its run?
 */
bool stream_begin_resumes(const struct stream_begin *b);

#endif /* !NF_LIB_STREAM_STREAM_H */
