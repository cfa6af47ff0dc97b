/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_FUNC_H
#define NF_TRANSFORM_MAPPING_FUNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The functions that stand behind a "|" in references and templates,
 * nf-mapping(5): they turn a text into a text.
 */
struct buf;
struct pool;
struct zone;

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
	FUNC_DEFAULT
};

struct func {
	enum func_kind kind;
	int64_t a, b;            /* numbers among the arguments */
	const char *text;        /* the text among them */
	const struct zone *zone; /* of dates without a zone; may be NULL */
};

/* Why a function refused its text. */
struct func_fault {
	const char *code;
	const char *what;
};

/**
 * func_parse(f, text, len, zone, pool):
 * Compile "name" or "name:arguments", the ${len} bytes at ${text}.  Return
 * NULL, or what is wrong with it.
 */
const char *func_parse(struct func *f, const char *text, size_t len,
    const struct zone *zone, struct pool *pool);

/**
 * func_apply(f, b, from, fault):
 * Replace the text in ${b} from offset ${from} on by what ${f} makes of it.
 * Return 0, or -1 with ${fault} filled.
 */
int func_apply(const struct func *f, struct buf *b, size_t from,
    struct func_fault *fault);

/**
 * func_width(f, n):
 * Return how many characters ${f}[0..${n}) always make, or 0 if that
 * depends on the text.
 */
size_t func_width(const struct func *f, size_t n);

#endif /* !NF_TRANSFORM_MAPPING_FUNC_H */
