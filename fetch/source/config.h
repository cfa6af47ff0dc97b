/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_FETCH_SOURCE_CONFIG_H
#define NF_FETCH_SOURCE_CONFIG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reading members of a JSON object that a person wrote: each has a kind and
 * limits, and what is wrong is told with its JSON Pointer.
 */
struct err;
struct ptr;

#define CONFIG_MAX_PATH 256

/* An object and where it stands in the document. */
struct config {
	const json_t *obj;
	char path[CONFIG_MAX_PATH];
};


/**
 * config_wrong(c, key, e, fmt, ...):
 * Fill ${e}: ERR_CONFIG, code bad_source, "pointer: text" for member ${key}
 * of ${c} (NULL: ${c} itself).  Always return -1.
 */
int config_wrong(const struct config *c, const char *key, struct err *e,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/**
 * config_known(c, keys, e):
 * Return 0 if every member of ${c} is among ${keys} (ends in NULL), else -1
 * with the first that is not, and the nearest one that would be.
 */
int config_known(const struct config *c, const char *const *keys,
    struct err *e);

/**
 * config_object(c, key, sub, e):
 * Make ${sub} the object at ${key}.  Return 1, 0 if there is none, -1 if it
 * is something else.
 */
int config_object(const struct config *c, const char *key,
    struct config *sub, struct err *e);

/**
 * config_string(c, key, v, e), config_bool(...), config_number(..., min,
 * max, v, e), config_duration(..., v, e), config_word(c, key, words, v, e),
 * config_ptr(c, key, v, e):
 * Read a member if it is there: a text without control characters (borrowed
 * from the document), a boolean, a whole number, milliseconds from a text
 * such as "30s", the index of a word, a JSON Pointer (to be freed).  Return
 * 1, 0 if there is none (${v} is left alone), -1 if it is no such thing.
 */
int config_string(const struct config *c, const char *key, const char **v,
    struct err *e);
int config_bool(const struct config *c, const char *key, bool *v,
    struct err *e);
int config_number(const struct config *c, const char *key, uint64_t min,
    uint64_t max, uint64_t *v, struct err *e);
int config_duration(const struct config *c, const char *key, uint64_t *v,
    struct err *e);
int config_word(const struct config *c, const char *key,
    const char *const *words, int *v, struct err *e);
int config_ptr(const struct config *c, const char *key, struct ptr **v,
    struct err *e);

#endif /* !NF_FETCH_SOURCE_CONFIG_H */
