/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_PATTERN_H
#define NF_TRANSFORM_MAPPING_PATTERN_H

#include <regex.h>
#include <stddef.h>

/*
 * Patterns of a mapping: POSIX extended regular expressions that must fit a
 * whole text.
 */
struct err;
struct pattern;

/*
 * How large a POSIX extended regular expression becomes when it is compiled:
 * repetitions are written out, those of repetitions too, so that a few bytes
 * can ask for gigabytes ("a{9}{99}{999}", "a++++++++...").
 */
#define PATTERN_MAX_SIZE 10000

/**
 * pattern_size(s):
 * Return about how many characters ${s} has with its repetitions written
 * out, PATTERN_MAX_SIZE + 1 if there are more or if groups are nested too
 * deep.  Whether it is a good expression is for regcomp(3) to say.
 */
size_t pattern_size(const char *s);

enum pattern_use {
	PATTERN_WHOLE, /* it must fit a whole text */
	PATTERN_GROUP  /* what is in its first ( ) is taken out of a text */
};

/**
 * pattern_compile(list, s, use, out, e) / pattern_free(list):
 * Compile ${s} and keep it in ${list} (NULL: empty), which pattern_free
 * frees.  Return 0, or -1: ERR_CONFIG with what is wrong with ${s}, or no
 * memory.
 */
int pattern_compile(struct pattern **list, const char *s,
    enum pattern_use use, const regex_t **out, struct err *e);
void pattern_free(struct pattern *list);

/**
 * pattern_fits(r, p, n):
 * Does ${r}, a PATTERN_WHOLE, fit the ${n} bytes at ${p}?  Return 1, 0, or
 * -1: no memory.
 */
int pattern_fits(const regex_t *r, const void *p, size_t n);

/**
 * pattern_group(r, p, n, at, len):
 * Find what ${r}, a PATTERN_GROUP, takes out of the ${n} bytes at ${p}: its
 * place and length.  Return 1; 0 if it fits nowhere or leaves the group out;
 * -1: no memory.  Threads may share ${r}.
 */
int pattern_group(const regex_t *r, const char *p, size_t n, size_t *at,
    size_t *len);

#endif /* !NF_TRANSFORM_MAPPING_PATTERN_H */
