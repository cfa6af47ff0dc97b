/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_STREAM_REJECT_H
#define NF_LIB_STREAM_REJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The reject stream, nf-stream(5): the records that were rejected, each with
 * the reason and its raw text.  It is written to a temporary file, which gets
 * its name, durably, when the run has ended successfully.
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
	const char *place;   /* JSON Pointer into the mapping, or NULL */
	const char *source;  /* where the record came from, or NULL */
	uint64_t line;
	const void *record;
	size_t len;
};

/**
 * reject_open(path, limit, e):
 * Begin the reject file ${path}, mode 0600.  If ${path} is NULL, no file is
 * written and the first reject is an error.  If it is a pipe or a device, it is
 * written to directly.  ${limit} is "N" or "P%" (of all records; P may have
 * four decimals), or NULL for no limit; a ${limit} without a ${path} is
 * ERR_USAGE.  Return it or NULL (ERR_USAGE, ERR_IO).
 */
struct reject *reject_open(const char *path, const char *limit,
    struct err *e);

/**
 * reject_write(r, entry, e):
 * Reject a record: write one object {"tool","code","message","pointer","place",
 * "source","line","record"}, with "place" only if there is one.  "record" is
 * the raw text.  If it is not UTF-8, it is in base64, followed by
 * "encoding":"base64".  If it is over 64 KiB, it is cut off there, and
 * "record_bytes" is its full length.  Return 0, or -1: ERR_DATA with the
 * entry's code and "line N: pointer: message" if there is no reject file, or
 * with code too_many_rejects if there are more than N; ERR_IO.
 */
int reject_write(struct reject *r, const struct reject_entry *entry,
    struct err *e);

/**
 * reject_count(r):
 * Return the number of rejected records.
 */
uint64_t reject_count(const struct reject *r);

/**
 * reject_tell(r, metrics, summary):
 * Report the number of rejected records for each reason: for each code a series
 * nf_rejects_total{reason} in ${metrics} and, if records were rejected, a
 * member "rejects" in ${summary}, an object of code to count.  Characters of a
 * code that are not [a-z0-9_] become _; after 32 codes the rest is "other".
 * Report nothing if ${r} is NULL.
 */
void reject_tell(const struct reject *r, struct metrics *metrics,
    struct buf *summary);

/**
 * reject_close(r, records, keep, e):
 * End the file: if ${keep} is true it gets its name, else it is removed.  A
 * file with too many rejects is always kept.  ${records} is the total number
 * of records, for a limit in percent.  Free ${r} (NULL is fine).  Return 0, or
 * -1: ERR_IO, ERR_DATA with code too_many_rejects.
 */
int reject_close(struct reject *r, uint64_t records, bool keep, struct err *e);

#endif /* !NF_LIB_STREAM_REJECT_H */
