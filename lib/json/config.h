/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_JSON_CONFIG_H
#define NF_LIB_JSON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reading a JSON document that a person wrote: each value has a type and
 * limits, and an error names the file, the JSON Pointer of the value and what
 * was expected there.
 */
struct buf;
struct err;
struct json_t;
struct ptr;

/* The data that all errors of a document share. */
struct config_file {
	const char *name; /* written before the pointer, or NULL */
	const char *what; /* the document itself, "the mapping" */
	const char *code; /* of the error, "bad_mapping" */
	bool shows;       /* its values are no secrets: show them in messages */
};

/* A value and its position; plain data, which borrows what it points to. */
struct config {
	const struct json_t *json;
	const struct config *up; /* NULL: the whole document */
	const char *key;         /* in an object; NULL: item ${index} */
	size_t index;
	const struct config_file *file;
};

/**
 * config_parse(file, p, n, e):
 * Parse the ${n} bytes at ${p}; duplicate members are refused.  Return the
 * document, to be freed with json_decref, or NULL with ERR_CONFIG and the line
 * and column of the mistake, or ERR_IO (memory).
 */
struct json_t *config_parse(const struct config_file *file, const void *p,
    size_t n, struct err *e);

/**
 * config_place(c, b):
 * Append the JSON Pointer of ${c} to ${b}.
 */
void config_place(const struct config *c, struct buf *b);

/**
 * config_error(c, e, fmt, ...):
 * Fill ${e}: ERR_CONFIG, the code of the file, "FILE: POINTER: " and the
 * message.  Always return -1.
 */
int config_error(const struct config *c, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * config_error_at(c, key, e, fmt, ...):
 * As config_error, for member ${key} of ${c}, which may be missing.
 */
int config_error_at(const struct config *c, const char *key, struct err *e,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/**
 * config_wrong(c, e, expected):
 * Report that the value of ${c} is not as ${expected}: name both, or only
 * ${expected} if values are not shown.  Always return -1.
 */
int config_wrong(const struct config *c, struct err *e, const char *expected);

/**
 * config_member(c, key, out):
 * Store member ${key} of object ${c} in ${out}, which borrows ${c} and
 * ${key}.  Return true if there is such a member.
 */
bool config_member(const struct config *c, const char *key,
    struct config *out);

/**
 * config_item(c, i, out):
 * Store item ${i} of array ${c} in ${out}, which borrows ${c}.
 */
void config_item(const struct config *c, size_t i, struct config *out);

/**
 * config_each(c, iter, out):
 * Store the next member of object ${c} in ${out}; set ${*iter} to NULL before
 * the first call.  Return false after the last member.
 */
bool config_each(const struct config *c, void **iter, struct config *out);

/**
 * config_size(c):
 * Return the number of items or members of ${c}; 0 if it is neither an array
 * nor an object.
 */
size_t config_size(const struct config *c);

/**
 * config_is_object(c), config_is_array(c), config_is_string(c):
 * Return true if the value of ${c} is of that type.
 */
bool config_is_object(const struct config *c);
bool config_is_array(const struct config *c);
bool config_is_string(const struct config *c);

/**
 * config_object(c, keys, e):
 * Check that ${c} is an object whose members are all in ${keys} (ends in NULL;
 * NULL: any).  The error for an unknown member names the nearest known one.
 * Return 0 or -1.
 */
int config_object(const struct config *c, const char *const *keys,
    struct err *e);

/**
 * config_string(c, s, e), config_bool(c, v, e), config_number(c, min, max, v,
 * e), config_choice(c, names, v, e):
 * Get a string (borrowed from the document), a boolean, an integer from
 * ${min} to ${max}, or the index of a string in ${names} (ends in NULL).
 * Return 0, or -1 if the value is not of that type.
 */
int config_string(const struct config *c, const char **s, struct err *e);
int config_bool(const struct config *c, bool *v, struct err *e);
int config_number(const struct config *c, int64_t min, int64_t max,
    int64_t *v, struct err *e);
int config_choice(const struct config *c, const char *const *names, int *v,
    struct err *e);

/**
 * config_get_string(c, key, v, e), config_get_bool(c, key, v, e),
 * config_get_number(c, key, min, max, v, e), config_get_choice(c, key, names,
 * v, e), config_get_duration(c, key, v, e), config_get_ptr(c, key, v, e):
 * Read the optional member ${key} of object ${c}: a string without control
 * characters, a boolean, a whole number, the index of a word, milliseconds
 * from a text such as "30s", or a JSON Pointer (to be freed by the caller).
 * Return 1, 0 if it is absent (${v} is unchanged), -1 if it is of another type.
 */
int config_get_string(const struct config *c, const char *key,
    const char **v, struct err *e);
int config_get_bool(const struct config *c, const char *key, bool *v,
    struct err *e);
int config_get_number(const struct config *c, const char *key, uint64_t min,
    uint64_t max, uint64_t *v, struct err *e);
int config_get_choice(const struct config *c, const char *key,
    const char *const *names, int *v, struct err *e);
int config_get_duration(const struct config *c, const char *key, uint64_t *v,
    struct err *e);
int config_get_ptr(const struct config *c, const char *key, struct ptr **v,
    struct err *e);

/**
 * config_get_object(c, key, keys, out, e):
 * As config_member, with the check of config_object.  Return 1, 0 if it is
 * absent, or -1.
 */
int config_get_object(const struct config *c, const char *key,
    const char *const *keys, struct config *out, struct err *e);

#endif /* !NF_LIB_JSON_CONFIG_H */
