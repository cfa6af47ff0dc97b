/* SPDX-License-Identifier: Apache-2.0 */
#include "near.h"

#include <string.h>

#define MAX_WORD 64

static size_t
measure_distance(const char *a, const char *b)
{
	size_t row[MAX_WORD], n = strlen(b), i, j, diagonal, above, best;

	if (n >= MAX_WORD)
		return (n);
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; a[i - 1] != '\0'; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= n; j++) {
			above = row[j];
			best = diagonal + (a[i - 1] != b[j - 1]);
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return (row[n]);
}

const char *
near_word(const char *word, const char *const *words, size_t n)
{
	size_t length = strlen(word), best, d, i;
	const char *found = NULL;

	best = length <= 4 ? 2 : length <= 7 ? 3 : 4; /* must be fewer */
	for (i = 0; i < n; i++)
		if ((d = measure_distance(word, words[i])) < best) {
			best = d;
			found = words[i];
		}
	return (found);
}
