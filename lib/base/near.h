/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_NEAR_H
#define NF_LIB_BASE_NEAR_H

#include <stddef.h>

/*
 * Which known word someone meant who wrote another.
 */

/**
 * near_word(word, words, n):
 * Return the one of the ${n} ${words} that is fewest edits (Levenshtein)
 * away from ${word}, or NULL if all are too far: more than one edit for a
 * word of up to 4 letters, two for one of up to 7, three for a longer one.
 */
const char *near_word(const char *word, const char *const *words, size_t n);

#endif /* !NF_LIB_BASE_NEAR_H */
