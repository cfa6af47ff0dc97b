/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"

#define MAX_DEPTH 64

struct pattern {
	regex_t regex;
	struct pattern *next;
};

/* Stop at the size that means too large. */
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

/* The largest repetition of the interval after ${s}, and its end. */
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

/* "\d" and the like, which POSIX lacks: what to write instead. */
static int
report_escape(const char *p, struct err *e)
{
	static const struct {
		char c;
		const char *instead;
	} known[] = { { 'd', "[0-9]" }, { 'D', "[^0-9]" },
		{ 'w', "[A-Za-z0-9_]" }, { 'W', "[^A-Za-z0-9_]" },
		{ 's', "[[:space:]]" }, { 'S', "[^[:space:]]" } };
	size_t i;

	if (*p >= '0' && *p <= '9')
		return (err_set(e, ERR_CONFIG, "\"\\%c\": a pattern has no "
		    "back-references", *p));
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (*p == known[i].c)
			return (err_set(e, ERR_CONFIG, "\"\\%c\" is not part "
			    "of POSIX expressions; write %s", *p,
			    known[i].instead));
	return (err_set(e, ERR_CONFIG, "\"\\%c\" is not part of POSIX "
	    "expressions; write the character itself", *p));
}

static bool
is_letter_or_digit(char c)
{

	return ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' &&
	    (c | 0x20) <= 'z'));
}

/* Mistakes that regcomp(3) accepts. */
static int
check_pattern(const char *s, struct err *e)
{
	const char *end;
	int depth = 0;

	for (; *s != '\0'; s += *s != '\0') {
		if (*s == '[') {
			for (end = skip_bracket(s); s < end; s++)
				if (*s == '\\' && *++s != ']' &&
				    is_letter_or_digit(*s))
					return (report_escape(s, e));
			s = end;
		} else if (*s == '\\' && *++s != '\0') {
			if (is_letter_or_digit(*s))
				return (report_escape(s, e));
		} else if (*s == '(')
			depth++;
		else if (*s == ')' && --depth < 0)
			return (err_set(e, ERR_CONFIG, "a \")\" without its "
			    "\"(\"; write \\) for the character"));
	}
	return (0);
}

/* The code of regcomp(3) for ${s}. */
static int
compile_regex(regex_t *regex, const char *s, enum pattern_use use)
{
	char *whole;
	int rc;

	if (asprintf(&whole, use == PATTERN_WHOLE ? "^(%s)$" : "%s", s) == -1)
		return (REG_ESPACE);
	errno = 0;
	rc = regcomp(regex, whole, use == PATTERN_WHOLE ?
	    REG_EXTENDED | REG_NOSUB : REG_EXTENDED);
	free(whole);
	/* glibc's leaves a part out if there is no memory for it. */
	if (rc == 0 && errno == ENOMEM) {
		regfree(regex);
		return (REG_ESPACE);
	}
	return (rc);
}

int
pattern_compile(struct pattern **list, const char *s, enum pattern_use use,
    const regex_t **out, struct err *e)
{
	struct pattern *r;
	char why[100];
	int rc;

	if (check_pattern(s, e) == -1)
		return (-1);
	if (pattern_size(s) > PATTERN_MAX_SIZE)
		return (err_set(e, ERR_CONFIG, "a pattern that repeats too "
		    "much: over %d characters when repetitions are written out",
		    PATTERN_MAX_SIZE));
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (err_nomem(e));
	if ((rc = compile_regex(&r->regex, s, use)) != REG_NOERROR) {
		(void)regerror(rc, &r->regex, why, sizeof(why));
		free(r);
		return (rc == REG_ESPACE ? err_nomem(e) :
		    err_set(e, ERR_CONFIG, "not a valid pattern: %s; expected "
		    "a "
		    "POSIX extended regular expression", why));
	}
	r->next = *list;
	*list = r;
	*out = &r->regex;
	return (0);
}

int
pattern_fits(const regex_t *r, const void *p, size_t n)
{
	regoff_t rc;

	/*
	 * Not regexec: glibc's reports lack of memory as no match.  The
	 * pattern, which does not change, contains its anchors.
	 */
	rc = re_match((regex_t *)(uintptr_t)r, p, (regoff_t)n, 0, NULL);
	return (rc == -2 ? -1 : rc != -1);
}

/* Patterns are of bytes: no character is cut in two. */
static void
take_characters(const char *p, size_t n, size_t start, size_t end,
    size_t *at, size_t *len)
{

	while (start > 0 && start < end && (p[start] & 0xc0) == 0x80)
		start--;
	while (end < n && end > start && (p[end] & 0xc0) == 0x80)
		end++;
	*at = start;
	*len = end - start;
}

int
pattern_group(const regex_t *r, const char *p, size_t n, size_t *at,
    size_t *len)
{
	struct re_registers regs = { .num_regs = 0 };
	regex_t own = *r; /* re_search notes in it how ${regs} were allocated */
	regoff_t rc;

	own.regs_allocated = REGS_UNALLOCATED;
	rc = re_search(&own, p, (regoff_t)n, 0, (regoff_t)n, &regs);
	if (rc >= 0 && regs.start[1] >= 0) {
		take_characters(p, n, (size_t)regs.start[1],
		    (size_t)regs.end[1], at, len);
	} else if (rc >= 0)
		rc = -1; /* the group is not in the match */
	free(regs.start);
	free(regs.end);
	return (rc == -2 ? -1 : rc >= 0);
}
