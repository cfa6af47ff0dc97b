/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TRANSFORM_MAPPING_PROGRAM_H
#define NF_TRANSFORM_MAPPING_PROGRAM_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "func.h"
#include "path.h"
#include "pool.h"
#include "transform/value/decimal.h"

/*
 * A mapping, compiled: what compile.c makes once and machine.c runs for
 * every record.  It is never changed after that, so that several threads can
 * use it at once.  Everything in it lives in its pool.
 */
struct pattern;
struct zone;

/* Bytes with their length. */
struct text {
	const char *p;
	size_t n;
};

/* The record, or an item that for_each goes through. */
struct scope {
	struct scope *up;       /* NULL: the record */
	uint32_t level;         /* 0: the record */
	const struct ref *each; /* where the items are, a reference in ${up} */
	struct path path;       /* what is wanted of the item */
	uint32_t nslot;
	uint32_t base;          /* its first slot in the machine */
	struct scope *next;     /* all scopes of the program */
};

enum ref_kind {
	REF_VALUE,    /* a value in the record */
	REF_POSITION, /* the number of the item in its array, from 1 */
	REF_RECORD,   /* the number of the record in the stream, from 1 */
	REF_RUN,      /* the run id */
	REF_SOURCE,   /* --source, else the run id */
	REF_TAGS      /* codes of the checks that tagged the record */
};

/* Where a text comes from, and what is done to it. */
struct ref {
	enum ref_kind kind;
	const struct scope *scope; /* VALUE, POSITION */
	uint32_t slot;             /* VALUE */
	const char *pointer;       /* VALUE: below its scope */
	const char *text;          /* as the mapping has it */
	const struct func *func;
	size_t nfunc;
	bool has_default;
	struct text dflt;          /* stands in for an absent value */
	struct ref *next;          /* all references of the program */
};

struct part {
	struct text literal;   /* comes first */
	const struct ref *ref; /* then this; NULL: nothing */
	char separator;        /* escaped in it; 0: nothing is */
};

struct template {
	struct part *part;
	size_t n;
};

enum condition_kind {
	CONDITION_EXISTS,
	CONDITION_IN,
	CONDITION_PATTERN,
	CONDITION_ALL,
	CONDITION_ANY,
	CONDITION_NOT
};

struct condition {
	enum condition_kind kind;
	const struct ref *ref;
	bool exists;
	const struct text *in;
	size_t nin;
	const regex_t *pattern;
	const struct condition *sub; /* ALL, ANY, NOT */
	size_t nsub;
};

enum expr_kind {
	EXPR_NUMBER,
	EXPR_VALUE,
	EXPR_SUM,
	EXPR_ADD,
	EXPR_SUBTRACT,
	EXPR_MULTIPLY
};

/* A term over the numbers of a record. */
struct expr {
	enum expr_kind kind;
	const struct decimal *number;
	const struct ref *ref;
	bool optional;            /* VALUE: 0 if it is absent */
	const struct scope *each; /* SUM */
	const struct expr *a, *b; /* SUM: a for each item */
};

enum relation { RELATION_EQUAL, RELATION_AT_MOST, RELATION_AT_LEAST };

struct equation {
	const struct expr *left, *right;
	enum relation relation;
	const struct decimal *within; /* NULL: 0 */
};

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

/* What CHECK_TYPE asks for. */
enum check_type {
	CHECK_TYPE_STRING,
	CHECK_TYPE_NUMBER,
	CHECK_TYPE_BOOLEAN,
	CHECK_TYPE_ARRAY,
	CHECK_TYPE_OBJECT,
	CHECK_TYPE_DECIMAL,
	CHECK_TYPE_INTEGER
};

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
	enum check_type type;
	const struct decimal *bound; /* MIN, MAX */
	const struct equation *equation;
};

enum type {
	TYPE_STRING,
	TYPE_DECIMAL,
	TYPE_INT64,
	TYPE_BOOL,
	TYPE_DATE,
	TYPE_BYTES,
	TYPE_JSON
};

enum null_policy { NULL_SKIP, NULL_EMPTY, NULL_REJECT };
enum date_form {
	DATE_ISO,    /* 2021-05-24T20:21:34.790000-03:00, in the zone */
	DATE_UTC,    /* ...Z */
	DATE_DAY,    /* 2021-05-24, in the zone */
	DATE_MICROS, /* microseconds since 1970, as text */
	DATE_INT64   /* the same as 8 bytes */
};

/* What a cell holds. */
struct value {
	const struct ref *ref;           /* one of these three is set */
	const struct template *template;
	const struct text *constant;     /* as JSON, with its quotes */
	enum type type;
	enum null_policy null;
	bool plain;               /* a string as it is: no function, no check */
	int scale;                /* DECIMAL; -1: as served */
	enum rounding rounding;
	enum date_form form;      /* DATE */
	const char *format;       /* DATE; NULL: ISO 8601 */
	const struct zone *zone;
	const struct text *yes, *no; /* BOOL: more texts, JSON ones always */
	size_t nyes, nno;
	const struct check *check;
	size_t ncheck;
};

struct column {
	struct text name;                 /* as JSON, with its colon */
	const struct template *qualifier; /* of data; then ${name} is empty */
	struct value value;
};

/* All members of an object, nested ones flattened. */
struct wildcard {
	const struct ref *ref;
	const struct template *prefix; /* of the names; NULL: none */
	struct text separator;
	const struct text *except; /* qualifiers left out */
	size_t nexcept;
	struct value value;
};

struct block {
	struct scope *each; /* NULL: once */
	const struct condition *when;
	const struct column *column;
	size_t ncolumn;
	const struct wildcard *wildcard; /* NULL: none */
};

struct family {
	struct text open; /* "name":{ */
	const struct block *block;
	size_t nblock;
};

enum stamp_kind { STAMP_RUN, STAMP_FIXED, STAMP_FIELD };

struct stamp {
	enum stamp_kind kind;
	int64_t fixed; /* microseconds */
	const struct ref *ref;
	const char *format;
	const struct zone *zone;
};

struct rule {
	struct text open;    /* {"table":"name","row": */
	const char *table;
	struct scope **each; /* outermost first */
	size_t neach;
	const struct condition *when;
	const struct check *check;
	size_t ncheck;
	const struct template *key;
	struct stamp stamp;
	const struct family *family;
	size_t nfamily;
	bool distinct;       /* its columns are all different by their names */
};

struct program {
	struct pool pool;
	struct scope *scopes; /* the last in the list is the record's */
	struct scope *record;
	struct ref *refs;
	uint32_t nslot;
	uint32_t nlevel;
	const struct check *check;
	size_t ncheck;
	const struct rule *rule;
	size_t nrule;
	bool skip_unmatched;  /* a record without rows is not an error */
	bool needs_run_time;  /* some rule has the timestamp of the run */
	bool needs_place;     /* $record is used */
	uint32_t nchecks;     /* in the whole program */
	const char **code;    /* their codes, by number */
	size_t unique_limit;  /* 0: nothing is checked to be unique */
	struct pattern *patterns;
	struct zone **zone;   /* opened ones, to be freed */
	size_t nzone;
	uint32_t hash;        /* CRC32C of the mapping file */
};

/**
 * program_free(p):
 * Free ${p}; NULL is fine.
 */
void program_free(struct program *p);

#endif /* !NF_TRANSFORM_MAPPING_PROGRAM_H */
