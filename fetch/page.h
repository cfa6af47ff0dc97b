/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_PAGE_H
#define NF_FETCH_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/source/places.h"
#include "lib/json/scan.h"

/*
 * A page: the body of one answer, checked as a whole and then cut into
 * records.  A record is a slice of the body, byte for byte, less the line
 * ends that a pretty-printed one has between its tokens.
 */
struct buf;
struct err;
struct page_spec;
struct ptr;

struct page {
	const uint8_t *body; /* borrowed */
	size_t len;
	struct scan scan;
	bool lines;    /* NDJSON: the scan is of the last line only */
	bool found;    /* JSON: there is something at the pointer */
	uint32_t at;   /* JSON: the array, or the one record */
	bool single;   /* JSON: ${at} is the record itself */
	bool unsaid;   /* it is empty, and the source does not say so */
	const struct places *places; /* JSON: the records are by this in */
	struct places_found in;      /* these, not at ${at}; NULL: not so */
	uint64_t records;
};

/**
 * page_init(p) / page_free(p):
 * A page to be parsed into, many times.
 */
void page_init(struct page *p);
void page_free(struct page *p);

/**
 * page_parse(p, spec, body, len, ndjson, e):
 * Check the ${len} bytes at ${body} (borrowed, SCAN_PAD after them) and
 * find the records.  ${ndjson}: the answer's media type says so, which
 * decides with PAGE_AUTO.  Return 0, or -1: ERR_DATA with the scanner's
 * codes or no_records, long_record, looks_like_control, bad_page (NDJSON,
 * and ${spec}->records leads into a page); ERR_CONFIG with code
 * records_unnamed for an object without ${spec}->records.
 */
int page_parse(struct page *p, const struct page_spec *spec,
    const uint8_t *body, size_t len, bool ndjson, struct err *e);

/**
 * page_no_place(what, e):
 * Return -1 with ERR_DATA, code bad_page, for what NDJSON has no place for;
 * ${what} says what is missing, as "no records".
 */
int page_no_place(const char *what, struct err *e);

/**
 * page_empty(p):
 * Make ${p} a page without records and without anything to find in it.
 */
void page_empty(struct page *p);

/**
 * page_guess(p):
 * Take the likeliest array of ${p}, a JSON page, for its records, to see what
 * stands around it.  Return its JSON Pointer in ${path}, or false if
 * absent.
 */
bool page_guess(struct page *p, struct buf *path);

/**
 * page_no_content(p):
 * The same, of an answer that is empty by itself: 204.
 */
void page_no_content(struct page *p);

/**
 * page_line(p, end, len):
 * Return the next line from ${*p} to ${end} that is not blank, without blanks
 * around it, its length, and move ${*p} after it; NULL if absent.
 */
const uint8_t *page_line(const uint8_t **p, const uint8_t *end, size_t *len);

/**
 * page_skip_mark(body, len):
 * Move ${*body} after a byte order mark.
 */
void page_skip_mark(const uint8_t **body, size_t *len);

/**
 * page_holds(p, t), page_around(p, t):
 * Return whether token ${t} of a JSON page is that in which the records are;
 * or whether that is somewhere inside of it.
 */
bool page_holds(const struct page *p, uint32_t t);
bool page_around(const struct page *p, uint32_t t);

/**
 * page_is_bare(p), page_is_numbered(p):
 * Is what ${p}, a single one, has for a record an object without members; or
 * one whose keys are all decimal numbers?
 */
bool page_is_bare(const struct page *p);
bool page_is_numbered(const struct page *p);

/**
 * page_append_step(path, key, n):
 * Append to JSON Pointer ${path} the step to member ${key}, ${n} bytes of
 * UTF-8; control characters in it as "?", for people.
 */
void page_append_step(struct buf *path, const void *key, size_t n);

/**
 * page_no_records(p):
 * Take what ${p} has for a record for none.
 */
void page_no_records(struct page *p);

/**
 * page_lines(p, limit, out):
 * Append the first ${limit} records, each with a newline, to ${out}.  Return
 * how many; ${out} may have failed.
 */
uint64_t page_lines(const struct page *p, uint64_t limit, struct buf *out);

/**
 * page_value(p, out):
 * Append what the records of a JSON page are, an object, an array or null,
 * as one value without line ends.  Return false if absent: NDJSON, or
 * nothing at the pointer.
 */
bool page_value(const struct page *p, struct buf *out);

/**
 * page_find(p, ptr):
 * Return the token at ${ptr} in a JSON page, or SCAN_NOT_FOUND (always in
 * NDJSON).
 */
uint32_t page_find(const struct page *p, const struct ptr *ptr);

/**
 * page_last(p):
 * Return the token, in ${p}->scan, of the last record; SCAN_NOT_FOUND without
 * records.
 */
uint32_t page_last(const struct page *p);

/**
 * page_each(p, call, arg, e):
 * Call ${call} for each record of a page with its token, until it returns
 * nonzero.  Return what it returned last, or 0; -1 if a line of NDJSON
 * cannot be scanned again.
 */
int page_each(const struct page *p,
    int (*call)(void *arg, const struct scan *s, uint32_t t, struct err *e),
    void *arg, struct err *e);

/**
 * page_is_ndjson(type):
 * Return true if the media type ${type}, parameters aside, is that of lines
 * of JSON.
 */
bool page_is_ndjson(const char *type);

#endif /* !NF_FETCH_PAGE_H */
