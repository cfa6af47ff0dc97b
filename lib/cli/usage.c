/* SPDX-License-Identifier: Apache-2.0 */
#include "usage.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/number.h"
#include "opt.h"

#define HELP_COLUMN 30
#define MAX_COLUMN 79
#define MAX_HELP 4096

/* Append the default value of row ${i}, if it has one. */
static void
put_default(const struct opt_table *t, size_t i, struct buf *b)
{
	const struct opt *o = t->row[i];
	const void *var = opt_var(t, i);
	char text[NUMBER_AMOUNT];
	uint64_t v;

	if (o->kind == OPT_CHOICE &&
	    strstr(o->arg, o->choices[*(const int *)var]) != NULL)
		buf_printf(b, " (default %s)", o->choices[*(const int *)var]);
	if (o->kind != OPT_NUMBER && o->kind != OPT_SIZE &&
	    o->kind != OPT_DURATION)
		return;
	/* A value out of range means that there is no default. */
	v = *(const uint64_t *)var;
	if (v < o->min || v > o->max)
		return;
	if (o->kind == OPT_NUMBER || v == 0)
		buf_printf(b, " (default %" PRIu64 ")", v);
	else
		buf_printf(b, " (default %s)", number_amount(v, o->kind ==
		    OPT_SIZE ? NUMBER_BYTES : NUMBER_MS, text));
}

/* Put ${text} at column HELP_COLUMN, with lines broken between words. */
static void
put_wrapped(struct buf *out, const char *text)
{
	size_t room = MAX_COLUMN - HELP_COLUMN, n;

	if (text == NULL)
		return;
	while (strlen(text) > room) {
		for (n = room; n > 0 && text[n] != ' '; n--)
			;
		if (n == 0)
			n = strcspn(text, " ");
		buf_append(out, text, n);
		text += n + strspn(text + n, " ");
		if (*text != '\0')
			buf_printf(out, "\n%*s", HELP_COLUMN, "");
	}
	buf_printf(out, "%s\n", text);
}

static void
put_option(const struct opt_table *t, size_t i, struct buf *text,
    struct buf *out)
{
	const struct opt *o = t->row[i];
	char left[80];
	int used;

	if (o->letter != 0)
		used = snprintf(left, sizeof(left), "  -%c, --%s", o->letter,
		    o->name);
	else
		used = snprintf(left, sizeof(left), "      --%s", o->name);
	if (opt_takes_argument(o) && o->arg != NULL)
		snprintf(left + used, sizeof(left) - (size_t)used, " %s",
		    o->arg);
	if (strlen(left) + 2 <= HELP_COLUMN)
		buf_printf(out, "%-*s", HELP_COLUMN, left);
	else
		buf_printf(out, "%s\n%*s", left, HELP_COLUMN, "");
	buf_reset(text);
	buf_puts(text, o->help);
	put_default(t, i, text);
	if (o->env != NULL)
		buf_printf(text, " [$%s]", o->env);
	put_wrapped(out, buf_cstr(text));
}

/* Is the line ${p} of a synopsis for ${verb}, " verb" or " [verb]"? */
static bool
is_line_of_verb(const char *p, size_t n, const char *verb)
{
	size_t len = strlen(verb);
	const char *end = p + n, *at = memchr(p, ' ', n);

	if (at++ == NULL)
		return (false);
	if (at < end && *at == '[')
		at++;
	return ((size_t)(end - at) >= len && strncmp(at, verb, len) == 0 &&
	    (at + len == end || strchr(" ]", at[len]) != NULL));
}

static void
put_synopsis(const struct usage *u, struct buf *out)
{
	const char *p = u->synopsis;
	size_t n;

	while (*p != '\0') {
		n = strcspn(p, "\n");
		if (u->verb == NULL || is_line_of_verb(p, n, u->verb)) {
			buf_append(out, p, n);
			buf_putc(out, '\n');
		}
		p += n + (p[n] == '\n');
	}
}

void
usage_text(const struct opt_table *t, const struct usage *u, struct buf *out)
{
	const struct opt *heading = NULL, *o;
	struct buf text;
	size_t i;

	buf_init(&text, MAX_HELP);
	put_synopsis(u, out);
	if (u->about != NULL)
		buf_printf(out, "\n%s\n", u->about);
	for (i = 0; i < t->n; i++) {
		o = t->row[i];
		if (o->kind == OPT_GROUP)
			heading = o;
		if (o->kind == OPT_GROUP || o->help == NULL ||
		    (u->verb != NULL && o->verbs != 0 &&
		    (o->verbs & u->verbs) == 0))
			continue;
		if (heading != NULL)
			buf_printf(out, "\n%s:\n", heading->help);
		heading = NULL;
		put_option(t, i, &text, out);
	}
	if (u->example != NULL)
		buf_printf(out, "\nExample:\n  %s\n", u->example);
	if (u->tool != NULL)
		buf_printf(out, "%sSee %s(1): man %s\n",
		    u->example == NULL ? "\n" : "", u->tool, u->tool);
	buf_free(&text);
}
