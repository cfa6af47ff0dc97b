/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_SAMPLE_H
#define NF_TRANSFORM_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The structure of the records in a sample: a tree of their fields, with the
 * kinds of values seen in each.
 */
struct err;
struct scan;
struct unique;

/* Kinds seen, a set of bits: 1 << enum scan_kind. */
struct field {
	char *key;       /* NULL: the record, or an item of an array */
	size_t len;
	unsigned kinds;
	uint64_t seen;   /* not null */
	uint64_t objects;
	bool decimals;   /* a number with a point or an exponent */
	bool integers;   /* all scalars are digits only */
	bool dates;      /* all strings are ISO 8601 dates */
	bool zoneless;   /* one of them has no zone */
	bool days;       /* all of them have no time */
	bool amounts;    /* a text is a number with a point or comma */
	bool blanks;     /* a text contains a blank, like names */
	bool repeated;   /* a value occurred twice */
	size_t longest;  /* bytes of a scalar */
	uint64_t most;   /* items of an array */
	struct unique *values;
	struct field **child;
	size_t nchild;
	struct field *item;
};

/**
 * sample_new() / sample_free(f):
 * Return an empty tree, or NULL; free it.
 */
struct field *sample_new(void);
void sample_free(struct field *f);

/**
 * sample_add(f, s, e):
 * Add the scanned record ${s} to the tree ${f}.  Return 0, or -1 (no memory,
 * or more fields than a mapping should have).
 */
int sample_add(struct field *f, const struct scan *s, struct err *e);

/**
 * sample_settle(f, e):
 * All records have been added: what was seen of objects that represent a list
 * of one now counts as seen of the list's items.  Return 0 or -1.
 */
int sample_settle(struct field *f, struct err *e);

/**
 * sample_is_list(f):
 * Return whether its values are arrays of objects, or objects that represent
 * such arrays.
 */
bool sample_is_list(const struct field *f);

/**
 * sample_is_object(f) / sample_is_scalar(f):
 * Return whether its values are all objects; whether they are all strings,
 * numbers and booleans (or null).
 */
bool sample_is_object(const struct field *f);
bool sample_is_scalar(const struct field *f);

#endif /* !NF_TRANSFORM_SAMPLE_H */
