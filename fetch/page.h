/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_PAGE_H
#define NF_FETCH_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/source/places.h"
#include "lib/json/scan.h"

/*
 * A page: the body of one response, checked as a whole and then split into
 * records.  A record is a slice of the body, byte for byte, except that line
 * ends between the tokens of a pretty-printed record are removed.
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
	bool unsaid;   /* it is empty by itself (204), not by a rule */
	const struct places *places; /* JSON: this finds the records in */
	struct places_found in;      /* ${in}, not at ${at}; NULL: unused */
	uint64_t records;
};

/**
 * page_init(p) / page_free(p):
 * Initialize a page, which can be parsed into many times.
 */
void page_init(struct page *p);
void page_free(struct page *p);

/**
 * page_take_scanner(p, spare) / page_leave_scanner(p, spare):
 * Take ${spare}, the scanner of an earlier page, with its memory and the keys
 * it has learned, before ${p} is parsed; leave it to a later page, before ${p}
 * is freed.  Both do nothing if there already is one.
 */
void page_take_scanner(struct page *p, struct scan *spare);
void page_leave_scanner(struct page *p, struct scan *spare);

/**
 * page_parse(p, spec, body, len, ndjson, e):
 * Check the ${len} bytes at ${body} (borrowed, SCAN_PAD after them) and find
 * the records.  ${ndjson}: the response has the media type of NDJSON, which
 * decides with PAGE_AUTO.  Return 0, or -1: ERR_DATA with the scanner's codes
 * or no_records, long_record, looks_like_control, bad_page (NDJSON, and
 * ${spec}->records points into a page); ERR_CONFIG with code records_unnamed
 * for an object without ${spec}->records.
 */
int page_parse(struct page *p, const struct page_spec *spec,
    const uint8_t *body, size_t len, bool ndjson, struct err *e);

/**
 * page_no_place(what, e):
 * Return -1 with ERR_DATA, code bad_page, for a setting that needs a place
 * outside the records, which NDJSON does not have; ${what} says what is
 * missing, such as "no records".
 */
int page_no_place(const char *what, struct err *e);

/**
 * page_empty(p):
 * Make ${p} a page that has no records and nothing else to find.
 */
void page_empty(struct page *p);

/**
 * page_no_content(p):
 * The same for a response that is empty by its status: 204.
 */
void page_no_content(struct page *p);

/**
 * page_line(p, end, len):
 * Return the next nonblank line from ${*p} to ${end}, without the blanks
 * around it, and its length, and move ${*p} past it; NULL if absent.
 */
const uint8_t *page_line(const uint8_t **p, const uint8_t *end, size_t *len);

/**
 * page_skip_mark(body, len):
 * Move ${*body} past a byte order mark.
 */
void page_skip_mark(const uint8_t **body, size_t *len);

/**
 * page_holds(p, t), page_around(p, t):
 * Return whether token ${t} of a JSON page is the one that contains the
 * records; or whether that token is somewhere inside ${t}.
 */
bool page_holds(const struct page *p, uint32_t t);
bool page_around(const struct page *p, uint32_t t);

/**
 * page_is_bare(p), page_is_numbered(p):
 * Return whether the record of ${p}, a page with a single one, is an object
 * without members; or one whose keys are all decimal numbers.
 */
bool page_is_bare(const struct page *p);
bool page_is_numbered(const struct page *p);

/**
 * page_append_step(path, key, n):
 * Append to JSON Pointer ${path} the step to member ${key}, ${n} bytes of
 * UTF-8; control characters become "?", for people.
 */
void page_append_step(struct buf *path, const void *key, size_t n);

/**
 * page_no_records(p):
 * Treat ${p} as having no records, whatever counted as one.
 */
void page_no_records(struct page *p);

/**
 * page_lines(p, limit, out):
 * Append the first ${limit} records, each with a newline, to ${out}.  Return
 * their number; ${out} may have failed.
 */
uint64_t page_lines(const struct page *p, uint64_t limit, struct buf *out);

/**
 * page_value(p, out):
 * Append the value that holds the records of a JSON page, an object, an array
 * or null, without line ends.  Return false if absent: NDJSON, or
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
 * Return the token, in ${p}->scan, of the last record; SCAN_NOT_FOUND if there
 * are no records.
 */
uint32_t page_last(const struct page *p);

/**
 * page_each(p, call, arg, e):
 * Call ${call} for each record of a page with its token, until it returns
 * nonzero.  Return its last result, or 0 if there are no records; -1 if a line
 * of NDJSON cannot be scanned again.
 */
int page_each(const struct page *p,
    int (*call)(void *arg, const struct scan *s, uint32_t t, struct err *e),
    void *arg, struct err *e);

/**
 * page_is_ndjson(type):
 * Return true if the media type ${type}, parameters aside, is one for lines of
 * JSON.
 */
bool page_is_ndjson(const char *type);

#endif /* !NF_FETCH_PAGE_H */
