/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_OPT_H
#define NF_LIB_CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Options from tables: parsing with getopt_long, defaults from the
 * environment, limits.  A row has the offset of its variable in a struct, so
 * tables are constants; the caller sets the defaults in the struct first.  For
 * the text of --help see usage.h.
 */
struct err;

enum opt_kind {
	OPT_GROUP,    /* not an option: ${help} is a heading */
	OPT_FLAG,     /* bool *: set to true */
	OPT_COUNT,    /* int *: incremented each time */
	OPT_STRING,   /* const char **: borrowed from argv or the environment */
	OPT_LIST,     /* struct opt_list *: a string is added each time */
	OPT_NUMBER,   /* uint64_t *: decimal, min..max */
	OPT_SIZE,     /* uint64_t *: bytes, with K, M or G (1024), min..max */
	OPT_DURATION, /* uint64_t *: milliseconds; "250ms", "3s", "5m", "2h" */
	OPT_CHOICE,   /* int *: index into ${choices} */
	OPT_GONE      /* an option that was removed; ${arg}: the message */
};

struct opt_list {
	const char **item; /* borrowed strings */
	size_t n;
};

struct opt {
	enum opt_kind kind;
	int letter;       /* short option or 0 */
	const char *name; /* long option */
	const char *arg;  /* name of the argument in usage, "FILE" */
	const char *help; /* one line, no final dot; NULL: not shown */
	size_t at;        /* offsetof() of the variable */
	uint64_t min, max;          /* OPT_NUMBER, OPT_SIZE, OPT_DURATION */
	const char *const *choices; /* OPT_CHOICE, ends in NULL */
	const char *env; /* environment variable with a default, or NULL */
	unsigned verbs;  /* bits of the verbs it is for; 0: all */
	size_t given;    /* offsetof() of a bool, set if it was given; or 0 */
};

/* Rows that belong together; OPT_ROWS(array) makes one. */
struct opt_rows {
	const struct opt *row;
	size_t n;
};
/* Where a value goes in the struct options of a tool. */
#define OPT_AT(member) .at = offsetof(struct options, member)
#define OPT_GIVEN(member) .given = offsetof(struct options, member)
#define OPT_ROWS(rows) { (rows), sizeof(rows) / sizeof((rows)[0]) }

#define OPT_MAX 128

/* All options of a command line, and the structs of their variables. */
struct opt_table {
	const struct opt *row[OPT_MAX];
	char *base[OPT_MAX]; /* the struct of each row's variable */
	size_t given[OPT_MAX]; /* 0: not given; 1: given first, ... */
	size_t ngiven, n;
};

/**
 * opt_init(t):
 * Make ${t} empty.
 */
void opt_init(struct opt_table *t);

/**
 * opt_add(t, rows, base):
 * Add ${rows} to ${t}; their variables are in the struct at ${base}.  Both are
 * borrowed.
 */
void opt_add(struct opt_table *t, const struct opt_rows *rows, void *base);

/**
 * opt_var(t, i):
 * Return the address of the variable of row ${i}.
 */
void *opt_var(const struct opt_table *t, size_t i);

/**
 * opt_parse(t, argc, argv, first, e):
 * Read the environment variables of ${t}, then parse the options in ${argv},
 * and store the index of the first operand in ${first} (operands are moved
 * after the options).  It is an error to give a plain option twice.  Return 0
 * or -1 with ERR_USAGE (ERR_CONFIG for a bad environment variable); the error
 * for an unknown option names the options that begin with it, or the nearest.
 */
int opt_parse(struct opt_table *t, int argc, char **argv, int *first,
    struct err *e);

/**
 * opt_operand(t, argc, argv):
 * Return the index of the first operand in ${argv} if all options before it
 * are in ${t}, else -1.  Nothing is assigned or moved.
 */
int opt_operand(const struct opt_table *t, int argc, char **argv);

/**
 * opt_misplaced(t, verb):
 * Return the row of the first given option that is not for the verb with bit
 * ${verb}; NULL if absent.
 */
const struct opt *opt_misplaced(const struct opt_table *t, unsigned verb);

/**
 * opt_no_verb(word, verbs, n, e):
 * The first operand ${word} is not one of the ${n} ${verbs}.  If it looks like
 * a verb, letters only, return -1 (ERR_USAGE) with a suggestion in the message;
 * return 0 if it may be another operand.
 */
int opt_no_verb(const char *word, const char *const *verbs, size_t n,
    struct err *e);

/**
 * opt_list_free(l):
 * Free the array of ${l}, not the strings.
 */
void opt_list_free(struct opt_list *l);

/**
 * opt_takes_argument(o):
 * Return true if ${o} takes an argument.
 */
bool opt_takes_argument(const struct opt *o);

#endif /* !NF_LIB_CLI_OPT_H */
