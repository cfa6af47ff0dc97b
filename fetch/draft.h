/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_DRAFT_H
#define NF_FETCH_DRAFT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * A source as options make it, member by member.  That memory ran out, or
 * that a text is not UTF-8, is noted and reported when all is done.
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
 * Set the member ${key} of ${obj}, an object in ${d}, to ${v}: a value, which
 * is taken over, or a text.
 */
void draft_set(struct draft *d, json_t *obj, const char *key, size_t len,
    json_t *v);
void draft_set_text(struct draft *d, json_t *obj, const char *key,
    const char *v);

/**
 * draft_make_text(d, v):
 * Return ${v} as a value for ${d}; NULL if it is not UTF-8, or no memory.
 */
json_t *draft_make_text(struct draft *d, const char *v);

/**
 * draft_object(d, key, len):
 * Return the object that is the member ${key} of the source, made if it is not
 * there, and borrowed.
 */
json_t *draft_object(struct draft *d, const char *key, size_t len);

/**
 * draft_parent(d, pointer, key):
 * Return the object that what is at ${pointer}, "/a" or "/a/b", is in, made if
 * need be, and set ${key} to its name there, which is a part of ${pointer}.
 */
json_t *draft_parent(struct draft *d, const char *pointer, const char **key);

/**
 * draft_set_any(d, text, e):
 * Set what --set names: "POINTER=VALUE", with "?=" only if there is nothing
 * yet, "-" for one more item of an array.  Return 0, or -1 with ERR_USAGE.
 */
int draft_set_any(struct draft *d, const char *text, struct err *e);

/**
 * draft_any_pointer(text):
 * Return how many bytes of ${text}, as for draft_set_any, are the pointer of
 * what it sets or adds to.
 */
size_t draft_any_pointer(const char *text);

#endif /* !NF_FETCH_DRAFT_H */
