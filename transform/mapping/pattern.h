/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_PATTERN_H
#define NF_TRANSFORM_MAPPING_PATTERN_H

#include <stddef.h>

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

#endif /* !NF_TRANSFORM_MAPPING_PATTERN_H */
