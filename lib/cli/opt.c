/* SPDX-License-Identifier: Apache-2.0 */
#include "opt.h"

#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/near.h"
#include "lib/base/number.h"

#define FIRST_LONG 1000 /* getopt's value of row i is this + i */
#define MAX_TOLD 5 /* options that a message suggests */

void
opt_init(struct opt_table *t)
{

	memset(t, 0, sizeof(*t));
}

void
opt_add(struct opt_table *t, const struct opt_rows *rows, void *base)
{
	size_t i;

	assert(t->n + rows->n <= OPT_MAX);
	for (i = 0; i < rows->n && t->n < OPT_MAX; i++) {
		t->row[t->n] = &rows->row[i];
		t->base[t->n++] = base;
	}
}

void *
opt_var(const struct opt_table *t, size_t i)
{

	assert(i < t->n);
	return (t->base[i] + t->row[i]->at);
}

bool
opt_takes_argument(const struct opt *o)
{

	return (o->kind != OPT_FLAG && o->kind != OPT_COUNT);
}

static int
append_text(struct opt_list *l, const char *text, struct err *e)
{
	const char **p;

	if ((p = reallocarray(l->item, l->n + 1, sizeof(*p))) == NULL)
		return (err_nomem(e));
	l->item = p;
	l->item[l->n++] = text;
	return (0);
}

static int
read_choice(const struct opt *o, const char *text, int *v)
{
	int i;

	for (i = 0; o->choices[i] != NULL; i++)
		if (strcmp(text, o->choices[i]) == 0) {
			*v = i;
			return (0);
		}
	return (-1);
}

/* Report why ${text} is not a valid value of ${o}, and which are. */
static int
refuse_option_value(const struct opt *o, const char *name, const char *text,
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
		return (err_set(e, class, "%s: \"%.40s\" is not a number from "
		    "%" PRIu64 " on", name, text, o->min));
	if (o->kind == OPT_NUMBER)
		return (err_set(e, class, "%s: \"%.40s\" is not a number from "
		    "%" PRIu64 " to %" PRIu64, name, text, o->min, o->max));
	if (number_scaled(text, scale, 0, UINT64_MAX, &v) == 0)
		return (err_set(e, class, "%s: \"%.40s\" is %s %s", name,
		    text, v > o->max ? "over" : "under", number_amount(
		    v > o->max ? o->max : o->min, scale, limit)));
	return (err_set(e, class, "%s: \"%.40s\" is not a %s (at most %s)",
	    name, text, o->kind == OPT_SIZE ? "size such as 500, 64K, 10M" :
	    "time such as 250ms, 30s, 5m", number_amount(o->max, scale,
	    limit)));
}

/* Set the value of the option of row ${i}; ${name} is the name used. */
static int
assign_value(const struct opt_table *t, size_t i, const char *name,
    const char *text, enum err_class class, struct err *e)
{
	const struct opt *o = t->row[i];
	void *var = opt_var(t, i);
	int rc = 0;

	switch (o->kind) {
	case OPT_GROUP:
		break;
	case OPT_FLAG:
		*(bool *)var = true;
		break;
	case OPT_COUNT:
		++*(int *)var;
		break;
	case OPT_STRING:
		*(const char **)var = text;
		break;
	case OPT_LIST:
		return (append_text(var, text, e));
	case OPT_NUMBER:
		rc = number_read(text, o->min, o->max, var);
		break;
	case OPT_SIZE:
		rc = number_scaled(text, NUMBER_BYTES, o->min, o->max, var);
		break;
	case OPT_DURATION:
		rc = number_scaled(text, NUMBER_MS, o->min, o->max, var);
		break;
	case OPT_CHOICE:
		rc = read_choice(o, text, var);
		break;
	case OPT_GONE:
		return (err_set(e, ERR_USAGE, "%s is no longer an option: %s",
		    name, o->arg));
	}
	return (rc == 0 ? 0 : refuse_option_value(o, name, text, class, e));
}

static int
read_environment(const struct opt_table *t, struct err *e)
{
	const char *text;
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (t->row[i]->env == NULL ||
		    (text = getenv(t->row[i]->env)) == NULL || text[0] == '\0')
			continue;
		if (assign_value(t, i, t->row[i]->env, text, ERR_CONFIG,
		    e) == -1)
			return (-1);
	}
	return (0);
}

/* ${word} is the beginning of several names, or of one without argument. */
static int
refuse_begun(const char *word, const char *const *name, size_t n, struct err *e)
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
refuse_unknown(const struct opt_table *t, const char *word, struct err *e)
{
	const char *known[OPT_MAX], *begun[OPT_MAX], *near = NULL;
	const struct opt *o;
	char bare[64];
	size_t i, nknown = 0, nbegun = 0, length;

	snprintf(bare, sizeof(bare), "%.*s",
	    (int)strcspn(word + strspn(word, "-"), "="),
	    word + strspn(word, "-"));
	length = strlen(bare);
	for (i = 0; i < t->n && strncmp(word, "--", 2) == 0; i++) {
		o = t->row[i];
		if (o->kind == OPT_GROUP || o->help == NULL)
			continue;
		known[nknown++] = o->name;
		if (length > 0 && strncmp(o->name, bare, length) == 0)
			begun[nbegun++] = o->name;
	}
	if (nbegun > 0)
		return (refuse_begun(bare, begun, nbegun, e));
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

/* The tables for getopt_long. */
struct getopt_tables {
	struct option longs[OPT_MAX + 1];
	char shorts[2 * OPT_MAX + 3];
};

/* ${mode}: "", or "+" to stop at the first operand. */
static void
fill_getopt(const struct opt_table *t, const char *mode,
    struct getopt_tables *g)
{
	size_t i, k = 0, s = strlen(mode);
	const struct opt *o;
	bool argument;

	/* The environment must not make it stop at the first operand. */
	(void)unsetenv("POSIXLY_CORRECT");
	memcpy(g->shorts, mode, s);
	g->shorts[s++] = ':';
	for (i = 0; i < t->n; i++) {
		o = t->row[i];
		if (o->kind == OPT_GROUP)
			continue;
		argument = opt_takes_argument(o);
		g->longs[k++] = (struct option){ .name = o->name,
			.has_arg = o->kind == OPT_GONE ? optional_argument :
			argument ? required_argument : no_argument,
			.val = FIRST_LONG + (int)i };
		if (o->letter == 0)
			continue;
		g->shorts[s++] = (char)o->letter;
		if (argument)
			g->shorts[s++] = ':';
	}
	memset(&g->longs[k], 0, sizeof(g->longs[k]));
	g->shorts[s] = '\0';
}

/* The row of getopt_long's result ${c}, or t->n. */
static size_t
find_option_row(const struct opt_table *t, int c)
{
	size_t i;

	if (c >= FIRST_LONG)
		return ((size_t)(c - FIRST_LONG));
	for (i = 0; i < t->n; i++)
		if (t->row[i]->letter == c && t->row[i]->kind != OPT_GROUP)
			break;
	return (i);
}

static int
take_option(struct opt_table *t, int c, const char *word, struct err *e)
{
	size_t i = find_option_row(t, c);
	char name[80];

	if (i == t->n)
		return (refuse_unknown(t, word, e));
	snprintf(name, sizeof(name), "--%s", t->row[i]->name);
	if (t->given[i] != 0 && t->row[i]->kind != OPT_COUNT &&
	    t->row[i]->kind != OPT_LIST)
		return (err_set(e, ERR_USAGE, "%s: given twice", name));
	t->given[i] = ++t->ngiven;
	if (t->row[i]->given != 0)
		*(bool *)(void *)(t->base[i] + t->row[i]->given) = true;
	return (assign_value(t, i, name, optarg, ERR_USAGE, e));
}

int
opt_operand(const struct opt_table *t, int argc, char **argv)
{
	struct getopt_tables g;
	int c, first;

	fill_getopt(t, "+", &g);
	opterr = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, g.shorts, g.longs, NULL)) != -1)
		if (c == '?' || c == ':')
			break;
	first = c == -1 && optind < argc ? optind : -1;
	optind = 0; /* for the next one */
	return (first);
}

const struct opt *
opt_misplaced(const struct opt_table *t, unsigned verb)
{
	size_t i, first = SIZE_MAX;
	const struct opt *found = NULL;

	for (i = 0; i < t->n; i++)
		if (t->given[i] != 0 && t->given[i] < first &&
		    t->row[i]->verbs != 0 && (t->row[i]->verbs & verb) == 0) {
			first = t->given[i];
			found = t->row[i];
		}
	return (found);
}

int
opt_parse(struct opt_table *t, int argc, char **argv, int *first,
    struct err *e)
{
	struct getopt_tables g;
	const char *word;
	int c;

	if (read_environment(t, e) == -1)
		return (-1);
	fill_getopt(t, "", &g);
	opterr = 0;
	for (;;) {
		word = optind < argc ? argv[optind] : "";
		if ((c = getopt_long(argc, argv, g.shorts, g.longs,
		    NULL)) == -1)
			break;
		/* It skipped operands before the option: name the option. */
		if (word[0] != '-' || word[1] == '\0')
			word = argv[optind - 1];
		if (c == ':')
			return (err_set(e, ERR_USAGE,
			    "%.60s: needs an argument", argv[optind - 1]));
		if (c == '?')
			return (refuse_unknown(t, word, e));
		if (take_option(t, c, word, e) == -1)
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
