/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_CLI_OPT_H
#define NF_LIB_CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Options from a table: parsing with getopt_long, environment defaults,
 * limits.  A value lands in the variable the table names; every variable has
 * its default before.  What --help says of them is usage.h's.
 */
struct err;

enum opt_kind {
	OPT_GROUP,    /* no option: ${help} is a heading */
	OPT_FLAG,     /* bool *: set to true */
	OPT_NOFLAG,   /* bool *: set to false */
	OPT_COUNT,    /* int *: one more each time */
	OPT_STRING,   /* const char **: borrowed from argv or the environment */
	OPT_LIST,     /* struct opt_list *: each time one more string */
	OPT_NUMBER,   /* uint64_t *: decimal, min..max */
	OPT_SIZE,     /* uint64_t *: bytes, with K, M or G (1024), min..max */
	OPT_DURATION, /* uint64_t *: milliseconds; "250ms", "3s", "5m", "2h" */
	OPT_CHOICE,   /* int *: index into ${choices} */
	OPT_CALL      /* ${call} gets the text */
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
	const char *help; /* one line, no final dot; NULL: not in the help */
	void *var;
	uint64_t min, max;          /* OPT_NUMBER, OPT_SIZE, OPT_DURATION */
	const char *const *choices; /* OPT_CHOICE, ends in NULL */
	int (*call)(void *var, const char *text, struct err *e);
	const char *env; /* environment variable giving a default, or NULL */
	bool optional;   /* the argument may be left out (--name=ARG) */
	unsigned verbs;  /* opt_misplaced: bits it is for; 0: all */
};

/**
 * opt_parse(table, n, argc, argv, first, e):
 * Parse the options among ${argv} by ${table} of ${n} rows, environment
 * first, and store the index of the first operand in ${first} (operands are
 * moved behind options).  A plain option given twice is an error.  Return 0
 * or -1 with ERR_USAGE (ERR_CONFIG for a bad environment variable); an
 * unknown option is told with those that begin so, or the nearest one.
 */
int opt_parse(const struct opt *table, size_t n, int argc, char **argv,
    int *first, struct err *e);

/**
 * opt_operand(table, n, argc, argv):
 * Return the index of the first operand among ${argv}, if all options before
 * it are in ${table}, else -1.  Nothing is assigned or moved.
 */
int opt_operand(const struct opt *table, size_t n, int argc, char **argv);

/**
 * opt_misplaced(table, n, argc, argv, verb):
 * Return the first option among ${argv}, which opt_parse has taken, that is
 * not for the verb whose bit ${verb} is; NULL if there is none.
 */
const struct opt *opt_misplaced(const struct opt *table, size_t n, int argc,
    char **argv, unsigned verb);

/**
 * opt_no_verb(word, verbs, n, e):
 * The first operand ${word} is none of the ${n} ${verbs}.  If it looks like
 * a verb, letters only, say which may be meant and return -1 (ERR_USAGE);
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
 * Return true if ${o} has one.
 */
bool opt_takes_argument(const struct opt *o);

#endif /* !NF_LIB_CLI_OPT_H */
