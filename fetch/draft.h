/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_DRAFT_H
#define NF_FETCH_DRAFT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * A source built from options, member by member.  Lack of memory and text that
 * is not UTF-8 are noted, and reported at the end.
 */
struct err;

struct draft {
	json_t *doc;
	bool failed;   /* something is missing: no memory */
	bool not_utf8; /* a text is not */
	bool auth;     /* an option has set the credentials */
};

/**
 * draft_set(d, obj, key, len, v), draft_set_text(d, obj, key, v):
 * Set the member ${key} of ${obj}, an object in ${d}, to ${v}: a value, whose
 * ownership is taken, or a text.
 */
void draft_set(struct draft *d, json_t *obj, const char *key, size_t len,
    json_t *v);
void draft_set_text(struct draft *d, json_t *obj, const char *key,
    const char *v);

/**
 * draft_make_text(d, v):
 * Return ${v} as a value for ${d}; NULL if it is not UTF-8 or memory runs out.
 */
json_t *draft_make_text(struct draft *d, const char *v);

/**
 * draft_object(d, key, len):
 * Return the object in member ${key} of the source, borrowed; create it if it
 * is missing.
 */
json_t *draft_object(struct draft *d, const char *key, size_t len);

/**
 * draft_parent(d, pointer, key):
 * Return the object that contains the member at ${pointer}, "/a" or "/a/b",
 * and create it if needed; set ${key} to the member's name, which is a part of
 * ${pointer}.
 */
json_t *draft_parent(struct draft *d, const char *pointer, const char **key);

/**
 * draft_set_any(d, text, e):
 * Apply the argument of --set: "POINTER=VALUE"; with "?=" it is set only if
 * the member is missing; "-" appends an item to an array.  Return 0, or -1
 * with ERR_USAGE.
 */
int draft_set_any(struct draft *d, const char *text, struct err *e);

/**
 * draft_any_pointer(text):
 * Return the length in bytes of the pointer in ${text}, an argument as for
 * draft_set_any.
 */
size_t draft_any_pointer(const char *text);

#endif /* !NF_FETCH_DRAFT_H */
