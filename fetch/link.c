/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* The rest of the input. */
struct text {
	const char *p, *end;
};

static void
skip_blanks(struct text *t)
{

	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
}

/* Take ${c} if it comes next. */
static bool
take_char(struct text *t, char c)
{

	skip_blanks(t);
	if (t->p == t->end || *t->p != c)
		return (false);
	t->p++;
	return (true);
}

/* Read a token or a quoted string; its escapes are kept. */
static struct text
read_word(struct text *t)
{
	struct text w;

	skip_blanks(t);
	w.p = w.end = t->p;
	if (t->p < t->end && *t->p == '"') {
		w.p = ++t->p;
		while (t->p < t->end && *t->p != '"') {
			if (*t->p == '\\' && t->p + 1 < t->end)
				t->p++;
			t->p++;
		}
		w.end = t->p;
		if (t->p < t->end)
			t->p++;
		return (w);
	}
	while (t->p < t->end && strchr("=;, \t", *t->p) == NULL)
		t->p++;
	w.end = t->p;
	return (w);
}

/* Is ${rel} one of the blank-separated types in ${list}? */
static bool
lists_type(struct text list, const char *rel)
{
	const char *p;

	for (p = list.p; p < list.end; p++) {
		const char *start = p;

		while (p < list.end && *p != ' ' && *p != '\t')
			p++;
		if ((size_t)(p - start) == strlen(rel) &&
		    strncasecmp(start, rel, strlen(rel)) == 0)
			return (true);
	}
	return (false);
}

/* Read the parameters of a link; is ${rel} in the first rel, which counts? */
static bool
read_params(struct text *t, const char *rel)
{
	bool found = false, seen = false;
	struct text name, value;

	while (take_char(t, ';')) {
		name = read_word(t);
		if (!take_char(t, '='))
			continue;
		value = read_word(t);
		if (!seen && name.end - name.p == 3 &&
		    strncasecmp(name.p, "rel", 3) == 0) {
			seen = true;
			found = lists_type(value, rel);
		}
	}
	return (found);
}

long
link_find(const char *value, size_t len, const char *rel, const char **target)
{
	struct text t = { value, value + len };
	const char *start, *close;

	while (t.p < t.end) {
		if (!take_char(&t, '<')) {
			(void)read_word(&t); /* not a link: go to the comma */
			while (t.p < t.end && *t.p != ',' && *t.p != '<')
				t.p++;
			(void)take_char(&t, ',');
			continue;
		}
		start = t.p;
		close = memchr(start, '>', (size_t)(t.end - start));
		if (close == NULL)
			return (-1);
		t.p = close + 1;
		if (read_params(&t, rel)) {
			*target = start;
			return ((long)(close - start));
		}
		(void)take_char(&t, ',');
	}
	return (-1);
}
