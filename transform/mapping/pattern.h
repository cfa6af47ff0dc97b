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

/**
 * pattern_compile(list, s, out, e) / pattern_free(list):
 * Compile ${s}, which must fit a whole text, and keep it in ${list} (NULL:
 * empty), which pattern_free frees.  Return 0, or -1: ERR_CONFIG with what is
 * wrong with ${s}, or no memory.
 */
int pattern_compile(struct pattern **list, const char *s,
    const regex_t **out, struct err *e);
void pattern_free(struct pattern *list);

#endif /* !NF_TRANSFORM_MAPPING_PATTERN_H */
