/* SPDX-License-Identifier: Apache-2.0 */
#include "opt.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/near.h"
#include "lib/base/number.h"

#define MAX_OPTIONS 128
#define FIRST_LONG 1000 /* getopt's value of table row i is this + i */
#define MAX_TOLD 5 /* options that a word may mean */

bool
opt_takes_argument(const struct opt *o)
{

	return (o->kind != OPT_FLAG && o->kind != OPT_NOFLAG &&
	    o->kind != OPT_COUNT);
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

/* Say why ${text} is no value of ${o}, and which are. */
static int
refuse(const struct opt *o, const char *name, const char *text,
    enum err_class class, struct err *e)
{
	enum number_scale scale = o->kind == OPT_SIZE ? NUMBER_BYTES :
	    NUMBER_MS;
	char limit[NUMBER_AMOUNT];
	uint64_t v;

	if (o->kind == OPT_CHOICE)
		return (err_set(e, class, "%s: must be one of %s", name,
		    o->arg));
	if (o->kind == OPT_NUMBER && o->max > UINT32_MAX)
		return (err_set(e, class, "%s: \"%.40s\" is no number from "
		    "%" PRIu64 " on", name, text, o->min));
	if (o->kind == OPT_NUMBER)
		return (err_set(e, class, "%s: \"%.40s\" is no number from "
		    "%" PRIu64 " to %" PRIu64, name, text, o->min, o->max));
	if (number_scaled(text, scale, 0, UINT64_MAX, &v) == 0)
		return (err_set(e, class, "%s: \"%.40s\" is %s %s", name,
		    text, v > o->max ? "over" : "under", number_amount(
		    v > o->max ? o->max : o->min, scale, limit)));
	return (err_set(e, class, "%s: \"%.40s\" is no %s (at most %s)",
	    name, text, o->kind == OPT_SIZE ? "size such as 500, 64K, 10M" :
	    "time such as 250ms, 30s, 5m", number_amount(o->max, scale,
	    limit)));
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
		rc = number_read(text, o->min, o->max, o->var);
		break;
	case OPT_SIZE:
		rc = number_scaled(text, NUMBER_BYTES, o->min, o->max,
		    o->var);
		break;
	case OPT_DURATION:
		rc = number_scaled(text, NUMBER_MS, o->min, o->max, o->var);
		break;
	case OPT_CHOICE:
		rc = choose(o, text);
		break;
	case OPT_CALL:
		return (o->call(o->var, text, e));
	}
	return (rc == 0 ? 0 : refuse(o, name, text, class, e));
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

/* ${word} begins the names of several options, or of one without argument. */
static int
several(const char *word, const char *const *name, size_t n, struct err *e)
{
	char list[256] = "";
	size_t i, used = 0;

	if (n == 1)
		return (err_set(e, ERR_USAGE, "--%s: takes no argument",
		    name[0]));
	for (i = 0; i < n && i < MAX_TOLD; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used,
		    "%s--%.40s", i > 0 ? ", " : "", name[i]);
	return (err_set(e, ERR_USAGE, "--%s is ambiguous: %s%s", word, list,
	    n > MAX_TOLD ? ", ..." : ""));
}

static int
unknown(const struct opt *table, size_t n, const char *word, struct err *e)
{
	const char *known[MAX_OPTIONS], *begun[MAX_OPTIONS], *near = NULL;
	char bare[64];
	size_t i, nknown = 0, nbegun = 0, length;

	snprintf(bare, sizeof(bare), "%.*s",
	    (int)strcspn(word + strspn(word, "-"), "="),
	    word + strspn(word, "-"));
	length = strlen(bare);
	for (i = 0; i < n && strncmp(word, "--", 2) == 0; i++) {
		if (table[i].kind == OPT_GROUP || table[i].help == NULL)
			continue;
		known[nknown++] = table[i].name;
		if (length > 0 && strncmp(table[i].name, bare, length) == 0)
			begun[nbegun++] = table[i].name;
	}
	if (nbegun > 0)
		return (several(bare, begun, nbegun, e));
	near = near_word(bare, known, nknown);
	return (err_set(e, ERR_USAGE, near != NULL ? "unknown option %.60s; "
	    "did you mean --%s?" : "unknown option %.60s; see --help", word,
	    near));
}

int
opt_no_verb(const char *word, const char *const *verbs, size_t n,
    struct err *e)
{
	const char *near;

	if (word[strspn(word, "abcdefghijklmnopqrstuvwxyz-")] != '\0' ||
	    word[0] == '-')
		return (0);
	if ((near = near_word(word, verbs, n)) != NULL)
		return (err_set(e, ERR_USAGE, "%.60s: no such verb; did you "
		    "mean %s?", word, near));
	return (err_set(e, ERR_USAGE, "%.60s: no such verb; see --help",
	    word));
}

/*
 * The tables that getopt_long wants, which is not to end at the first operand
 * whatever the environment says.
 */
static void
fill_getopt(const struct opt *table, size_t n, struct option *longs,
    char *shorts)
{
	size_t i, k = 0, s = 0;

	(void)unsetenv("POSIXLY_CORRECT");
	shorts[s++] = ':';
	for (i = 0; i < n; i++) {
		if (table[i].kind == OPT_GROUP)
			continue;
		longs[k].name = table[i].name;
		longs[k].has_arg = !opt_takes_argument(&table[i]) ? no_argument
		    :
		    table[i].optional ? optional_argument : required_argument;
		longs[k].flag = NULL;
		longs[k++].val = FIRST_LONG + (int)i;
		if (table[i].letter == 0)
			continue;
		shorts[s++] = (char)table[i].letter;
		if (opt_takes_argument(&table[i]))
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
	snprintf(name, sizeof(name), "--%s", o->name);
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

const struct opt *
opt_misplaced(const struct opt *table, size_t n, int argc, char **argv,
    unsigned verb)
{
	struct option longs[MAX_OPTIONS + 1];
	char shorts[2 * MAX_OPTIONS + 2];
	const struct opt *o, *found = NULL;
	int c;

	if (n > MAX_OPTIONS)
		return (NULL);
	fill_getopt(table, n, longs, shorts);
	opterr = 0;
	optind = 0;
	while (found == NULL && (c = getopt_long(argc, argv, shorts, longs,
	    NULL)) != -1)
		if ((o = row_of(table, n, c)) != NULL && o->verbs != 0 &&
		    (o->verbs & verb) == 0)
			found = o;
	optind = 0; /* for the next one */
	return (found);
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

void
opt_list_free(struct opt_list *l)
{

	free(l->item);
	l->item = NULL;
	l->n = 0;
}
