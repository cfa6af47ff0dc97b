/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_STREAM_REJECT_H
#define NF_LIB_STREAM_REJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The reject stream, nf-stream(5): records that were refused, each with the
 * reason and its raw text, in a file that is written aside and appears under
 * its name, durable, when the run has ended well.
 */
struct buf;
struct err;
struct metrics;
struct reject;

struct reject_entry {
	const char *tool;
	const char *code;
	const char *message;
	const char *pointer; /* JSON Pointer into the record, or NULL */
	const char *place;   /* the same into the mapping, or NULL */
	const char *source;  /* where the record came from, or NULL */
	uint64_t line;
	const void *record;
	size_t len;
};

/**
 * reject_open(path, limit, e):
 * Begin the reject file ${path}, mode 0600; with NULL no file is written and the
 * first reject is an error.  A ${path} that is a pipe or a device is written
 * directly.  ${limit} is "N" or "P%" (of all records; P may have four
 * decimals), or NULL for any number; without ${path} it is ERR_USAGE.
 * Return it or NULL (ERR_USAGE, ERR_IO).
 */
struct reject *reject_open(const char *path, const char *limit,
    struct err *e);

/**
 * reject_write(r, entry, e):
 * Refuse a record: one object {"tool","code","message","pointer","place",
 * "source","line","record"}, "place" only if there is one.  "record" is the
 * raw text; if that is not UTF-8 it is in
 * base64 and "encoding":"base64" follows; if it is over 64 KiB it is cut
 * there and "record_bytes" says how long it was.  Return 0, or -1: ERR_DATA
 * with the entry's code and "line N: pointer: message" if there is no reject
 * file, or with code too_many_rejects if there are more than N; ERR_IO.
 */
int reject_write(struct reject *r, const struct reject_entry *entry,
    struct err *e);

/**
 * reject_count(r):
 * Return how many records were rejected.
 */
uint64_t reject_count(const struct reject *r);

/**
 * reject_tell(r, metrics, summary):
 * Say how many records were rejected for which reason: for each code a series
 * nf_rejects_total{reason} in ${metrics}, and in ${summary} a member
 * "rejects", an object of code to count, if any were.  Of a code what is not
 * [a-z0-9_] becomes _; after 32 codes the rest is "other".  Reports nothing
 * if ${r} is NULL.
 */
void reject_tell(const struct reject *r, struct metrics *metrics,
    struct buf *summary);

/**
 * reject_close(r, records, keep, e):
 * End the file: with ${keep} nonzero it gets its name, else it is removed.
 * ${records} is how many records there were in all, for a limit in per cent.
 * Frees ${r} (NULL is fine).  Return 0, or -1: ERR_IO, ERR_DATA with code
 * too_many_rejects.  The file of too many rejects is kept in any case.
 */
int reject_close(struct reject *r, uint64_t records, bool keep, struct err *e);

#endif /* !NF_LIB_STREAM_REJECT_H */
