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
 * A compiled mapping: compile.c creates it once and machine.c runs it for
 * every record.  It never changes after that, so several threads can use it at
 * once.  Everything in it lives in its pool.
 */
struct err;
struct pattern;
struct zone;

/* Bytes with their length. */
struct text {
	const char *p;
	size_t n;
};

/* Nested for_each, and the record. */
#define PROGRAM_MAX_LEVELS 16

/* The record, or an item that for_each goes through. */
struct scope {
	struct scope *up;       /* NULL: the record, or its root */
	uint32_t level;         /* 0: the record */
	const struct ref *each; /* where the items are, a reference in ${up} */
	const char *place;      /* of for_each in the mapping */
	struct path path;       /* the pointers used in the item */
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

/* What counts as absent, besides null. */
struct absent {
	const struct text *text; /* texts */
	size_t n;
	uint64_t lengths;        /* of them: bit n, bit 63 for all longer ones */
	bool object, array;      /* {}, [] */
};

/**
 * program_length_bit(n):
 * Return the bit for texts of ${n} bytes.
 */
static inline uint64_t
program_length_bit(size_t n)
{

	return ((uint64_t)1 << (n < 63 ? n : 63));
}

/* The origin of a text, and the functions applied to it. */
struct ref {
	enum ref_kind kind;
	const struct scope *scope; /* VALUE, POSITION */
	uint32_t slot;             /* VALUE */
	const char *pointer;       /* VALUE: below its scope */
	const char *text;          /* as the mapping has it */
	bool plain;                /* only values of the record, unchanged */
	const struct ref *other;   /* used if it is absent; or NULL */
	const struct absent *absent; /* NULL: only null */
	const struct func *func;
	size_t nfunc;
	const struct text *join;   /* between the items of a list; or NULL */
	bool has_default;
	struct text dflt;          /* replaces an absent value */
	const char *place;         /* in the mapping, if it has one */
	struct ref *next;          /* all references of the program */
};

/* A text that contains JSON, to be read as that JSON. */
struct inner_json {
	const struct ref *ref;
	const char *place;
};

/* A table of codes, sorted by code. */
struct map {
	const char *name;
	const struct map_entry *entry;
	size_t n;
	struct map *next;
};

struct map_entry {
	struct text from, to;
};

struct part {
	struct text literal;   /* comes first */
	const struct ref *ref; /* then this; NULL: nothing */
	char separator;        /* escaped in the text; 0: none */
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
	EXPR_COUNT,
	EXPR_MIN,
	EXPR_MAX,
	EXPR_ADD,
	EXPR_SUBTRACT,
	EXPR_MULTIPLY,
	EXPR_DIVIDE
};

/* A term over the numbers of a record. */
struct expr {
	enum expr_kind kind;
	const struct decimal *number;
	const struct ref *ref;
	bool optional;            /* VALUE: 0 if it is absent */
	const struct scope *each; /* SUM, COUNT, MIN, MAX */
	const struct expr *a, *b; /* SUM, MIN, MAX: a for each item */
};

enum relation { RELATION_EQUAL, RELATION_AT_MOST, RELATION_AT_LEAST };

struct equation {
	const struct expr *left, *right;
	enum relation relation;
	const struct ref *name;       /* in faults; or NULL */
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
	CHECK_NFSE_KEY,
	CHECK_DPS_ID,
	CHECK_UNIQUE,
	CHECK_EQUATION
};

enum check_policy { CHECK_REJECT, CHECK_WARN, CHECK_TAG };

/* The types of CHECK_TYPE. */
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
	const char *place;      /* in the mapping */
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

/* The content of a cell. */
struct value {
	const struct ref *ref;           /* one of these four is set */
	const struct template *template;
	const struct text *constant;     /* as JSON, with its quotes */
	const struct expr *compute;
	const struct ref *name;          /* of the value, in faults; or NULL */
	const char *place;               /* in the mapping */
	enum type type;
	enum null_policy null;
	bool plain;               /* a string as is: no function, no check */
	bool direct;              /* the same for a decimal or date */
	int scale;                /* DECIMAL; -1: as served */
	enum rounding rounding;
	enum date_form form;      /* DATE */
	const char *format;       /* DATE; NULL: ISO 8601 */
	const struct zone *zone;
	const struct map *map;       /* NULL: none */
	const struct text *otherwise; /* if ${map} has no entry; or NULL */
	const struct text *yes, *no; /* BOOL: more texts, JSON ones always */
	size_t nyes, nno;
	const struct check *check;
	size_t ncheck;
};

struct column {
	struct text name;                 /* as JSON, with its colon */
	const struct template *qualifier; /* from data; then ${name} is empty */
	bool numbered;                    /* the result of proofs_numbered */
	struct value value;
};

/* Names of flattened members, without the prefix, sorted. */
struct names {
	const struct text *plain;
	size_t nplain;
	const struct text *star; /* with *, which matches any one step */
	size_t nstar;
	uint64_t filter;      /* program_name_bit of the plain ones */
	uint64_t star_filter; /* of their ends, as if they had no length */
};

/* All members of an object, nested ones flattened. */
struct wildcard {
	const struct ref *ref;
	const struct template *prefix; /* of the names; NULL: none */
	struct text separator;
	struct names except; /* left out */
	struct names lists;  /* always numbered, as lists are */
	struct value value;
};

struct block {
	struct scope *each; /* NULL: once */
	const struct condition *when;
	const char *place;  /* in the mapping */
	const struct column *column;
	size_t ncolumn;
	const struct wildcard *wildcard; /* NULL: none */
};

struct family {
	struct text open; /* "name":{ */
	const struct block *block;
	size_t nblock;
	uint32_t steady; /* from 1: same in all rows of a record; or 0 */
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
	size_t key_steady;   /* first parts of it that are steady, too */
	struct family *family;
	size_t nfamily;
	bool distinct;       /* its columns all have different names */
	bool alone;          /* no two of its rows and others share a key */
	bool skip_empty;     /* a row without cells is left out */
	const char *place;   /* in the mapping, and those of its members */
	const char *key_place, *when_place, *stamp_place;
};

enum unread { UNREAD_ALLOW, UNREAD_WARN, UNREAD_REJECT };

struct program {
	struct pool pool;
	struct scope *scopes; /* the last in the list is the record's */
	struct scope *record;
	struct scope *root;   /* where pointers begin; NULL: at the record */
	struct ref *refs;
	struct inner_json *json; /* outer ones first */
	size_t njson;
	struct map *maps;
	struct secret *secrets;
	uint32_t nslot;
	uint32_t nlevel;
	const struct check *check;
	size_t ncheck;
	const struct rule *rule;
	size_t nrule;
	uint32_t nsteady;     /* steady families */
	bool skip_unmatched;  /* a record without rows is not an error */
	bool xml;             /* records are XML converted to JSON; see xml.h */
	bool needs_run_time;  /* a rule uses the timestamp of the run */
	bool needs_place;     /* $record is used */
	uint32_t nchecks;     /* in the whole program */
	const char **code;    /* their codes, by number */
	size_t unique_limit;  /* 0: no check for unique values */
	struct pattern *patterns;
	struct zone **zone;   /* opened, to be freed */
	size_t nzone;
	enum unread unread;   /* members that nothing reads */
	const struct text *ignore; /* pointers of members that may be unread */
	size_t nignore;
};

/**
 * program_name_bit(p, n, len):
 * Return a bit that depends on the last of the ${n} bytes at ${p} and on
 * ${len}: nearly all names differ in one of them.
 */
static inline uint64_t
program_name_bit(const void *p, size_t n, size_t len)
{
	size_t last = n == 0 ? 0 : ((const uint8_t *)p)[n - 1];

	return ((uint64_t)1 << ((last + len * 13) & 63));
}

/**
 * program_index_names(names, plain):
 * Sort ${plain}, the plain names of ${names}, and fill in the filters.
 */
void program_index_names(struct names *names, struct text *plain);

/**
 * program_sort_texts(t, n) / program_has_text(t, n, p, len):
 * Sort the ${n} texts at ${t} into the order that program_has_text needs;
 * return whether the ${len} bytes at ${p} are one of them.
 */
void program_sort_texts(struct text *t, size_t n);
bool program_has_text(const struct text *t, size_t n, const void *p,
    size_t len);

/**
 * program_open_secrets(p, e):
 * Read the secrets that ${p} names, before it is run.  Return 0 or -1.
 */
int program_open_secrets(struct program *p, struct err *e);

/**
 * program_free(p):
 * Free ${p}; NULL is fine.
 */
void program_free(struct program *p);

#endif /* !NF_TRANSFORM_MAPPING_PROGRAM_H */
