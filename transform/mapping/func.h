/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_FUNC_H
#define NF_TRANSFORM_MAPPING_FUNC_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/hmac.h"

/*
 * The functions after a "|" in references and templates, nf-mapping(5): they
 * turn one text into another.
 */
struct buf;
struct err;
struct pattern;
struct pool;
struct zone;

/* The key of an hmac, read when the program starts to run. */
struct secret {
	const char *name;
	const char *from; /* "env:NAME", "file:PATH" */
	struct hmac key;
	struct secret *next;
};

enum func_kind {
	FUNC_PAD,
	FUNC_REVERSE,
	FUNC_SALT,
	FUNC_HASH,
	FUNC_DATE,
	FUNC_REVERSE_TIME,
	FUNC_DIGITS,
	FUNC_ALNUM,
	FUNC_UPPER,
	FUNC_LOWER,
	FUNC_SUBSTR,
	FUNC_TRIM,
	FUNC_COMMA,
	FUNC_INTEGER,
	FUNC_PARSE,
	FUNC_EXTRACT,
	FUNC_HMAC,
	FUNC_MASK,
	FUNC_JOIN,   /* of lists; texts.c does it */
	FUNC_DEFAULT /* of absent values; texts.c does it */
};

struct func {
	enum func_kind kind;
	int64_t a, b;            /* the number arguments */
	const char *text;        /* the text argument */
	const struct zone *zone; /* of dates without a zone; may be NULL */
	const regex_t *regex;    /* of EXTRACT */
	const struct secret *secret; /* of HMAC */
};

/* The environment for compiling functions. */
struct func_env {
	struct pool *pool;
	const struct zone *zone;
	struct pattern **patterns;
	const struct secret *secrets;
};

/* Why a function rejected its text. */
struct func_fault {
	const char *code;
	const char *what;
};

/**
 * func_parse(f, text, len, env, e):
 * Compile "name" or "name:arguments", the ${len} bytes at ${text}.  Return 0,
 * or -1: ERR_CONFIG with the mistake, or no memory.
 */
int func_parse(struct func *f, const char *text, size_t len,
    const struct func_env *env, struct err *e);

/**
 * func_apply(f, b, from, fault):
 * Replace the text in ${b} from offset ${from} on by the result of ${f}.
 * Return 1; 0 if the result is absent; -1 with ${fault} filled; its code is
 * NULL if memory runs out.
 */
int func_apply(const struct func *f, struct buf *b, size_t from,
    struct func_fault *fault);

/**
 * func_number(f, n, b, from, fault):
 * The text in ${b} from ${from} on is a JSON number: bring it into the form
 * that the first of the ${n} functions ${f} need.  Return how many of them are
 * then done, or -1 with ${fault} filled.
 */
int func_number(const struct func *f, size_t n, struct buf *b, size_t from,
    struct func_fault *fault);

/**
 * func_width(f, n):
 * Return the number of characters that ${f}[0..${n}) always produce, or 0 if
 * it depends on the text.
 */
size_t func_width(const struct func *f, size_t n);

#endif /* !NF_TRANSFORM_MAPPING_FUNC_H */
