/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"

#define MAX_DEPTH 64

struct pattern {
	regex_t regex;
	struct pattern *next;
};

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

void
pattern_free(struct pattern *list)
{
	struct pattern *r;

	while ((r = list) != NULL) {
		list = r->next;
		regfree(&r->regex);
		free(r);
	}
}

/* regcomp(3) of ${s}, as its code. */
static int
compile_regex(regex_t *regex, const char *s)
{
	char *whole;
	int rc;

	if (asprintf(&whole, "^(%s)$", s) == -1)
		return (REG_ESPACE);
	errno = 0;
	rc = regcomp(regex, whole, REG_EXTENDED | REG_NOSUB);
	free(whole);
	/* glibc's leaves a part out if the memory for just that is missing. */
	if (rc == 0 && errno == ENOMEM) {
		regfree(regex);
		return (REG_ESPACE);
	}
	return (rc);
}

int
pattern_compile(struct pattern **list, const char *s, const regex_t **out,
    struct err *e)
{
	struct pattern *r;
	char why[100];
	int rc;

	if (pattern_size(s) > PATTERN_MAX_SIZE)
		return (err_set(e, ERR_CONFIG, "a pattern that repeats too "
		    "much: over %d characters when repetitions are written out",
		    PATTERN_MAX_SIZE));
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (err_nomem(e));
	if ((rc = compile_regex(&r->regex, s)) != 0) {
		(void)regerror(rc, &r->regex, why, sizeof(why));
		free(r);
		return (rc == REG_ESPACE ? err_nomem(e) :
		    err_set(e, ERR_CONFIG, "a bad pattern: %s; expected a "
		    "POSIX extended regular expression", why));
	}
	r->next = *list;
	*list = r;
	*out = &r->regex;
	return (0);
}
