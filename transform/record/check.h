/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_RECORD_CHECK_H
#define NF_TRANSFORM_RECORD_CHECK_H

#include <regex.h>

#include "machine.h"
#include "transform/value/decimal.h"

/*
 * Running the checks of a program.
 */
struct equation;

enum check_kind {
	CHECK_REQUIRED,
	CHECK_TYPE,
	CHECK_PATTERN,
	CHECK_IN,
	CHECK_MIN,
	CHECK_MAX,
	CHECK_MIN_LENGTH,
	CHECK_MAX_LENGTH,
	CHECK_CNPJ,
	CHECK_CPF,
	CHECK_CNPJ_OR_CPF,
	CHECK_ACCESS_KEY,
	CHECK_UNIQUE,
	CHECK_EQUATION
};

enum check_policy { CHECK_REJECT, CHECK_WARN, CHECK_TAG };

struct check {
	enum check_kind kind;
	enum check_policy policy;
	uint32_t number;        /* among all checks of the program */
	const char *code;       /* stable reason */
	const struct ref *ref;  /* EQUATION: none */
	const struct scope *each;
	const struct condition *when;
	const regex_t *pattern;
	const struct text *in;
	size_t nin;
	size_t length;
	int type;               /* an index into check_types */
	const struct decimal *bound; /* MIN, MAX; EQUATION: within */
	const struct equation *equation;
};

/* "string", "number", ... ends in NULL. */
extern const char *const check_types[];

/**
 * check_value(m, v):
 * Run the checks of ${v} on its text in m->work.  Return 0, or -1 with a
 * fault.
 */
int check_value(struct machine *m, const struct value *v);

/**
 * check_list(m, check, n):
 * Run ${n} checks of a rule or record.  Return 0 or -1.
 */
int check_list(struct machine *m, const struct check *check, size_t n);

/**
 * check_accepted(m):
 * The record is accepted: its unique values are taken.  Return 0, or -1 with
 * m->unique_full.
 */
int check_accepted(struct machine *m);

#endif /* !NF_TRANSFORM_RECORD_CHECK_H */
