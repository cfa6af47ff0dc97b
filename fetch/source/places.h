/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_PLACES_H
#define NF_FETCH_SOURCE_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The places of the records in a page, if one JSON Pointer is not enough:
 * several pointers, "*" for all items or members, an object whose values are
 * records.
 */
struct config;
struct err;
struct places;
struct scan;

#define PLACES_MAX 16 /* pointers */

/* What was found in a page; plain data except ${root}, which grows. */
struct places_found {
	uint32_t *root; /* tokens of arrays, maps and single records */
	size_t n, cap;
	uint32_t outer[PLACES_MAX]; /* tokens that contain all of them */
	size_t nouter;
};

/* A record of those found: all zero before the first. */
struct places_at {
	bool inside;
	size_t root;
	uint32_t index; /* in that root */
	uint32_t token;
};

/**
 * places_load(c, p, e):
 * Read "records" and "records_map" of the source ${c}.  Return 1 and ${p}, to
 * be freed with places_free; 0 if "records" is at most one plain pointer; -1
 * on error.
 */
int places_load(const struct config *c, struct places **p, struct err *e);
void places_free(struct places *p);

/**
 * places_key(p):
 * Return the member of a record that stores its key in the map, or NULL.
 */
const char *places_key(const struct places *p);

/**
 * places_find(p, s, missing_ok, f, e):
 * Find the records of the page ${s} and store them in ${f}; ${missing_ok}: if
 * there is nothing at a pointer, it has no records.  Return 0, or -1 with
 * ERR_DATA, code no_records or records_map.
 */
int places_find(const struct places *p, const struct scan *s, bool missing_ok,
    struct places_found *f, struct err *e);

/**
 * places_next(p, s, f, at):
 * Advance to the next record found.  Return false after the last.
 */
bool places_next(const struct places *p, const struct scan *s,
    const struct places_found *f, struct places_at *at);

/**
 * places_in_map(p, s, f, at):
 * Return whether the record at ${at} is the value of a map, in which case its
 * key is the token before it.
 */
bool places_in_map(const struct places *p, const struct scan *s,
    const struct places_found *f, const struct places_at *at);

/**
 * places_numbered(s, t):
 * Return whether ${t} is an object with members whose keys are all decimal
 * numbers: an array with holes, as PHP writes it.
 */
bool places_numbered(const struct scan *s, uint32_t t);

#endif /* !NF_FETCH_SOURCE_PLACES_H */
