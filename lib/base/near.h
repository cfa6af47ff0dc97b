/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_BASE_NEAR_H
#define NF_LIB_BASE_NEAR_H

#include <stddef.h>

/*
 * Suggestions for a mistyped word.
 */

/**
 * near_word(word, words, n):
 * Return the one of the ${n} ${words} that is the fewest edits (Levenshtein)
 * away from ${word}, or NULL if all are too far away: more than one edit for
 * a word of up to 4 letters, two for up to 7, three for a longer word.
 */
const char *near_word(const char *word, const char *const *words, size_t n);

#endif /* !NF_LIB_BASE_NEAR_H */
