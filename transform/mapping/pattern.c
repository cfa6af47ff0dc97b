/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern.h"

#include <string.h>

#define MAX_DEPTH 64

/* No more than what is said of too large. */
static size_t
cap_size(size_t n)
{

	return (n > PATTERN_MAX_SIZE ? PATTERN_MAX_SIZE + 1 : n);
}

/* The end of the bracket expression that begins at ${s}. */
static const char *
skip_bracket(const char *s)
{

	s += s[1] == '^' ? 2 : 1;
	if (*s == ']')
		s++;
	for (; *s != '\0' && *s != ']'; s++)
		if (*s == '[' && s[1] != '\0' && strchr(".:=", s[1]) != NULL) {
			if ((s = strchr(s + 2, s[1])) == NULL)
				return ("");
			s += s[1] == ']';
		}
	return (s);
}

/* How often at most the interval behind ${s} repeats, and where it ends. */
static size_t
skip_interval(const char **s)
{
	size_t n = 0, most = 1;

	for (++*s; **s != '\0' && **s != '}'; ++*s) {
		if (**s >= '0' && **s <= '9')
			n = cap_size(n * 10 + (size_t)(**s - '0'));
		else
			n = 0;
		if (n > most)
			most = n;
	}
	return (most);
}

size_t
pattern_size(const char *s)
{
	size_t sum[MAX_DEPTH] = { 0 }, last[MAX_DEPTH] = { 0 }, times;
	int depth = 0;

	for (; *s != '\0'; s += *s != '\0') {
		times = 0;
		if (*s == '(') {
			if (++depth == MAX_DEPTH)
				return (PATTERN_MAX_SIZE + 1);
			sum[depth] = last[depth] = 0;
			continue;
		}
		if (*s == ')' && depth > 0) {
			depth--;
			last[depth] = sum[depth + 1];
			sum[depth] = cap_size(sum[depth] + last[depth]);
			continue;
		}
		if (*s == '+')
			times = 2;
		else if (*s == '*' || *s == '?')
			times = 1;
		else if (*s == '{')
			times = skip_interval(&s);
		else if (*s == '[')
			s = skip_bracket(s);
		else if (*s == '\\' && s[1] != '\0')
			s++;
		if (times > 1) {
			sum[depth] = cap_size(sum[depth] +
			    last[depth] * (times - 1));
			last[depth] = cap_size(last[depth] * times);
		} else if (times == 0) {
			last[depth] = 1;
			sum[depth] = cap_size(sum[depth] + 1);
		}
	}
	for (; depth > 0; depth--)
		sum[depth - 1] = cap_size(sum[depth - 1] + sum[depth]);
	return (sum[0]);
}
