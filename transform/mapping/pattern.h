/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_PATTERN_H
#define NF_TRANSFORM_MAPPING_PATTERN_H

#include <regex.h>
#include <stddef.h>

/*
 * Patterns of a mapping: POSIX extended regular expressions that must match a
 * whole text.
 */
struct err;
struct pattern;

/*
 * The maximum size of a POSIX extended regular expression when it is compiled:
 * repetitions are expanded, including nested ones, so that a few bytes can
 * need gigabytes ("a{9}{99}{999}", "a++++++++...").
 */
#define PATTERN_MAX_SIZE 10000

/**
 * pattern_size(s):
 * Return about how many characters ${s} has with its repetitions expanded;
 * PATTERN_MAX_SIZE + 1 if there are more, or if groups are nested too deep.
 * regcomp(3) decides whether the expression is valid.
 */
size_t pattern_size(const char *s);

enum pattern_use {
	PATTERN_WHOLE, /* it must match a whole text */
	PATTERN_GROUP  /* its first ( ) is extracted from a text */
};

/**
 * pattern_compile(list, s, use, out, e) / pattern_free(list):
 * Compile ${s} and keep it in ${list} (NULL: empty), which pattern_free frees.
 * Return 0, or -1: ERR_CONFIG with the mistake in ${s}, or no memory.
 */
int pattern_compile(struct pattern **list, const char *s,
    enum pattern_use use, const regex_t **out, struct err *e);
void pattern_free(struct pattern *list);

/**
 * pattern_fits(r, p, n):
 * Return whether ${r}, a PATTERN_WHOLE, matches the ${n} bytes at ${p}: 1, 0,
 * or -1: no memory.
 */
int pattern_fits(const regex_t *r, const void *p, size_t n);

/**
 * pattern_group(r, p, n, at, len):
 * Find the text that ${r}, a PATTERN_GROUP, extracts from the ${n} bytes at
 * ${p}: its offset and length.  Return 1; 0 if there is no match, or the group
 * is not part of it; -1: no memory.  Threads may share ${r}.
 */
int pattern_group(const regex_t *r, const char *p, size_t n, size_t *at,
    size_t *len);

#endif /* !NF_TRANSFORM_MAPPING_PATTERN_H */
