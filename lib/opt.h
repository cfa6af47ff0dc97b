/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LIB_OPT_H
#define NF_LIB_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Options from a table: parsing with getopt_long, environment defaults,
 * limits, usage.  A value lands in the variable the table names; every
 * variable has its default before.
 */
struct buf;
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
	const char *help; /* one line, no final dot */
	void *var;
	uint64_t min, max;          /* OPT_NUMBER, OPT_SIZE, OPT_DURATION */
	const char *const *choices; /* OPT_CHOICE, ends in NULL */
	int (*call)(void *var, const char *text, struct err *e);
	const char *env; /* environment variable giving a default, or NULL */
	bool optional;   /* the argument may be left out (--name=ARG) */
};

/**
 * opt_parse(table, n, argc, argv, first, e):
 * Parse the options among ${argv} by ${table} of ${n} rows, environment
 * first, and store the index of the first operand in ${first} (operands are
 * moved behind options).  A plain option given twice is an error.  Return 0
 * or -1 with ERR_USAGE (ERR_CONFIG for a bad environment variable); an
 * unknown option is told with the nearest known one.
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
 * opt_usage(table, n, synopsis, out):
 * Append the help text: ${synopsis} lines (as in the manual), then the
 * options under their headings with the values their variables have now,
 * which are the defaults before opt_parse.
 */
void opt_usage(const struct opt *table, size_t n, const char *synopsis,
    struct buf *out);

/**
 * opt_list_free(l):
 * Free the array of ${l}, not the strings.
 */
void opt_list_free(struct opt_list *l);

/**
 * opt_number(text, min, max, v) / opt_size(...) / opt_duration(...):
 * Read one value.  Return 0, or -1 if it is none or out of range.
 */
int opt_number(const char *text, uint64_t min, uint64_t max, uint64_t *v);
int opt_size(const char *text, uint64_t min, uint64_t max, uint64_t *v);
int opt_duration(const char *text, uint64_t min, uint64_t max, uint64_t *v);

#endif /* !NF_LIB_OPT_H */
