/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/opt.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"

#define MAX_OPTIONS 128
#define FIRST_LONG 1000 /* getopt's value of table row i is this + i */
#define HELP_COLUMN 30
#define MAX_COLUMN 79
#define MAX_HELP 4096

static bool
takes_argument(const struct opt *o)
{

	return (o->kind != OPT_FLAG && o->kind != OPT_NOFLAG &&
	    o->kind != OPT_COUNT);
}

int
opt_number(const char *text, uint64_t min, uint64_t max, uint64_t *v)
{
	unsigned long long n;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return (-1);
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || n < min || n > max)
		return (-1);
	*v = n;
	return (0);
}

/* A number and one of the units; ${units} ends in { NULL, 0 }. */
struct unit {
	const char *name;
	uint64_t factor;
};

static int
with_unit(const char *text, const struct unit *units, uint64_t min,
    uint64_t max, uint64_t *v)
{
	char digits[21];
	size_t n = strspn(text, "0123456789");
	uint64_t number;

	if (n == 0 || n >= sizeof(digits))
		return (-1);
	memcpy(digits, text, n);
	digits[n] = '\0';
	if (opt_number(digits, 0, UINT64_MAX, &number) == -1)
		return (-1);
	for (; units->name != NULL; units++)
		if (strcmp(text + n, units->name) == 0)
			break;
	if (units->name == NULL || number > UINT64_MAX / units->factor)
		return (-1);
	number *= units->factor;
	if (number < min || number > max)
		return (-1);
	*v = number;
	return (0);
}

int
opt_size(const char *text, uint64_t min, uint64_t max, uint64_t *v)
{
	static const struct unit units[] = { { "", 1 }, { "K", 1ULL << 10 },
		{ "M", 1ULL << 20 }, { "G", 1ULL << 30 }, { NULL, 0 } };

	return (with_unit(text, units, min, max, v));
}

int
opt_duration(const char *text, uint64_t min, uint64_t max, uint64_t *v)
{
	static const struct unit units[] = { { "ms", 1 }, { "s", 1000 },
		{ "", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 }, { NULL, 0 } };

	return (with_unit(text, units, min, max, v));
}

static int
append(struct opt_list *l, const char *text, struct err *e)
{
	const char **p;

	if ((p = reallocarray(l->item, l->n + 1, sizeof(*p))) == NULL)
		return (err_nomem(e));
	l->item = p;
	l->item[l->n++] = text;
	return (0);
}

static int
choose(const struct opt *o, const char *text)
{
	int i;

	for (i = 0; o->choices[i] != NULL; i++)
		if (strcmp(text, o->choices[i]) == 0) {
			*(int *)o->var = i;
			return (0);
		}
	return (-1);
}

/* Give the option ${o} the value ${text}; ${name} is how it was called. */
static int
assign(const struct opt *o, const char *name, const char *text,
    enum err_class class, struct err *e)
{
	int rc = 0;

	switch (o->kind) {
	case OPT_GROUP:
		break;
	case OPT_FLAG:
		*(bool *)o->var = true;
		break;
	case OPT_NOFLAG:
		*(bool *)o->var = false;
		break;
	case OPT_COUNT:
		++*(int *)o->var;
		break;
	case OPT_STRING:
		*(const char **)o->var = text;
		break;
	case OPT_LIST:
		return (append(o->var, text, e));
	case OPT_NUMBER:
		rc = opt_number(text, o->min, o->max, o->var);
		break;
	case OPT_SIZE:
		rc = opt_size(text, o->min, o->max, o->var);
		break;
	case OPT_DURATION:
		rc = opt_duration(text, o->min, o->max, o->var);
		break;
	case OPT_CHOICE:
		rc = choose(o, text);
		break;
	case OPT_CALL:
		return (o->call(o->var, text, e));
	}
	if (rc == 0)
		return (0);
	if (o->kind == OPT_CHOICE)
		return (err_set(e, class, "%s: must be one of %s", name,
		    o->arg));
	return (err_set(e, class, "%s: \"%.40s\" is no valid %s (%llu to "
	    "%llu)", name, text, o->arg, (unsigned long long)o->min,
	    (unsigned long long)o->max));
}

static int
from_environment(const struct opt *table, size_t n, struct err *e)
{
	const char *text;
	size_t i;

	for (i = 0; i < n; i++) {
		if (table[i].env == NULL ||
		    (text = getenv(table[i].env)) == NULL || text[0] == '\0')
			continue;
		if (assign(&table[i], table[i].env, text, ERR_CONFIG, e) == -1)
			return (-1);
	}
	return (0);
}

/* Edit distance (Levenshtein) of two short strings. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[64], n = strlen(b), i, j, diagonal, above, best;

	if (n >= 64)
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

static int
unknown(const struct opt *table, size_t n, const char *word, struct err *e)
{
	const char *near = NULL, *name = word + strspn(word, "-");
	char bare[64];
	size_t i, d, best = 4;

	(void)snprintf(bare, sizeof(bare), "%.*s",
	    (int)strcspn(name, "="), name);
	for (i = 0; i < n && strlen(bare) > 1; i++) {
		if (table[i].kind == OPT_GROUP)
			continue;
		if ((d = distance(bare, table[i].name)) < best) {
			best = d;
			near = table[i].name;
		}
	}
	if (near != NULL)
		return (err_set(e, ERR_USAGE, "unknown option %.60s; did you "
		    "mean --%s?", word, near));
	return (err_set(e, ERR_USAGE, "unknown option %.60s; see --help",
	    word));
}

/* The tables that getopt_long wants. */
static void
fill_getopt(const struct opt *table, size_t n, struct option *longs,
    char *shorts)
{
	size_t i, k = 0, s = 0;

	shorts[s++] = ':';
	for (i = 0; i < n; i++) {
		if (table[i].kind == OPT_GROUP)
			continue;
		longs[k].name = table[i].name;
		longs[k].has_arg = !takes_argument(&table[i]) ? no_argument :
		    table[i].optional ? optional_argument : required_argument;
		longs[k].flag = NULL;
		longs[k++].val = FIRST_LONG + (int)i;
		if (table[i].letter == 0)
			continue;
		shorts[s++] = (char)table[i].letter;
		if (takes_argument(&table[i]))
			shorts[s++] = ':';
	}
	memset(&longs[k], 0, sizeof(longs[k]));
	shorts[s] = '\0';
}

static const struct opt *
row_of(const struct opt *table, size_t n, int c)
{
	size_t i;

	if (c >= FIRST_LONG)
		return (&table[c - FIRST_LONG]);
	for (i = 0; i < n; i++)
		if (table[i].letter == c && table[i].kind != OPT_GROUP)
			return (&table[i]);
	return (NULL);
}

static int
take(const struct opt *table, size_t n, int c, const char *word, bool *seen,
    struct err *e)
{
	const struct opt *o = row_of(table, n, c);
	char name[80];
	size_t i;

	if (o == NULL)
		return (unknown(table, n, word, e));
	i = (size_t)(o - table);
	(void)snprintf(name, sizeof(name), "--%s", o->name);
	if (seen[i] && o->kind != OPT_COUNT && o->kind != OPT_LIST &&
	    o->kind != OPT_CALL)
		return (err_set(e, ERR_USAGE, "%s: given twice", name));
	seen[i] = true;
	return (assign(o, name, optarg, ERR_USAGE, e));
}

int
opt_operand(const struct opt *table, size_t n, int argc, char **argv)
{
	struct option longs[MAX_OPTIONS + 1];
	char shorts[2 * MAX_OPTIONS + 3] = "+"; /* stop there */
	int c, first;

	if (n > MAX_OPTIONS)
		return (-1);
	fill_getopt(table, n, longs, shorts + 1);
	opterr = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1)
		if (c == '?' || c == ':')
			break;
	first = c == -1 && optind < argc ? optind : -1;
	optind = 0; /* for the next one */
	return (first);
}

int
opt_parse(const struct opt *table, size_t n, int argc, char **argv,
    int *first, struct err *e)
{
	struct option longs[MAX_OPTIONS + 1];
	char shorts[2 * MAX_OPTIONS + 2];
	bool seen[MAX_OPTIONS] = { false };
	const char *word;
	int c;

	if (n > MAX_OPTIONS)
		return (err_set(e, ERR_BUG, "too many options"));
	if (from_environment(table, n, e) == -1)
		return (-1);
	fill_getopt(table, n, longs, shorts);
	opterr = 0;
	for (;;) {
		word = optind < argc ? argv[optind] : "";
		if ((c = getopt_long(argc, argv, shorts, longs, NULL)) == -1)
			break;
		/* Operands before it were skipped: name the option itself. */
		if (word[0] != '-' || word[1] == '\0')
			word = argv[optind - 1];
		if (c == ':')
			return (err_set(e, ERR_USAGE,
			    "%.60s: needs an argument", argv[optind - 1]));
		if (c == '?')
			return (unknown(table, n, word, e));
		if (take(table, n, c, word, seen, e) == -1)
			return (-1);
	}
	*first = optind;
	return (0);
}

/* Name the value ${o} has before it is given, if it has one. */
static void
put_default(const struct opt *o, struct buf *b)
{
	static const char *const sizes[] = { "", "K", "M", "G" };
	static const struct unit times[] = { { "h", 3600000 }, { "m", 60000 },
		{ "s", 1000 }, { "ms", 1 } };
	uint64_t v;
	size_t i = 0;

	if (o->kind == OPT_CHOICE &&
	    strstr(o->arg, o->choices[*(const int *)o->var]) != NULL)
		(void)buf_printf(b, " (default %s)",
		    o->choices[*(const int *)o->var]);
	if (o->kind != OPT_NUMBER && o->kind != OPT_SIZE &&
	    o->kind != OPT_DURATION)
		return;
	/* What is out of range stands for: not given. */
	v = *(const uint64_t *)o->var;
	if (v < o->min || v > o->max)
		return;
	if (o->kind == OPT_SIZE) {
		for (; i < 3 && v != 0 && v % 1024 == 0; i++)
			v /= 1024;
		(void)buf_printf(b, " (default %" PRIu64 "%s)", v, sizes[i]);
	} else if (o->kind == OPT_DURATION && v != 0) {
		while (v % times[i].factor != 0)
			i++;
		(void)buf_printf(b, " (default %" PRIu64 "%s)",
		    v / times[i].factor, times[i].name);
	} else
		(void)buf_printf(b, " (default %" PRIu64 ")", v);
}

/* Put ${text} at column HELP_COLUMN and below, broken between words. */
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
		(void)buf_append(out, text, n);
		text += n + strspn(text + n, " ");
		if (*text != '\0')
			(void)buf_printf(out, "\n%*s", HELP_COLUMN, "");
	}
	(void)buf_printf(out, "%s\n", text);
}

static void
put_option(const struct opt *o, struct buf *text, struct buf *out)
{
	char left[80];
	int used;

	if (o->letter != 0)
		used = snprintf(left, sizeof(left), "  -%c, --%s", o->letter,
		    o->name);
	else
		used = snprintf(left, sizeof(left), "      --%s", o->name);
	if (takes_argument(o) && o->arg != NULL)
		(void)snprintf(left + used, sizeof(left) - (size_t)used,
		    o->optional ? "[=%s]" : " %s", o->arg);
	if (strlen(left) + 2 <= HELP_COLUMN)
		(void)buf_printf(out, "%-*s", HELP_COLUMN, left);
	else
		(void)buf_printf(out, "%s\n%*s", left, HELP_COLUMN, "");
	buf_reset(text);
	(void)buf_puts(text, o->help);
	put_default(o, text);
	if (o->env != NULL)
		(void)buf_printf(text, " [$%s]", o->env);
	put_wrapped(out, buf_cstr(text));
}

void
opt_usage(const struct opt *table, size_t n, const char *synopsis,
    struct buf *out)
{
	struct buf text;
	size_t i;

	buf_init(&text, MAX_HELP);
	(void)buf_printf(out, "%s%s", synopsis,
	    synopsis[strlen(synopsis) - 1] == '\n' ? "" : "\n");
	for (i = 0; i < n; i++) {
		if (table[i].kind == OPT_GROUP)
			(void)buf_printf(out, "\n%s:\n", table[i].help);
		else
			put_option(&table[i], &text, out);
	}
	buf_free(&text);
}

void
opt_list_free(struct opt_list *l)
{

	free(l->item);
	l->item = NULL;
	l->n = 0;
}
