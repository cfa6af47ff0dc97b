/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_LOAD_SCHEMA_H
#define NF_LOAD_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"

/*
 * The schema of a table: families with their garbage-collection rules, the
 * granularity of timestamps, and split keys.
 */
enum gc_kind { GC_NONE, GC_VERSIONS, GC_AGE, GC_UNION, GC_INTERSECTION };

struct gc_rule {
	enum gc_kind kind;
	int32_t versions;     /* GC_VERSIONS: how many to keep */
	uint64_t age_s;       /* GC_AGE: seconds */
	struct gc_rule *rule; /* GC_UNION, GC_INTERSECTION */
	size_t n;
};

/* The declared type of a family's values; families that we create have none. */
enum schema_type {
	SCHEMA_UNTYPED, SCHEMA_BYTES, SCHEMA_STRING, SCHEMA_INT64,
	SCHEMA_AGGREGATE, /* writes are added to the stored value */
	SCHEMA_OTHER
};

struct schema_family {
	char *name;
	struct gc_rule gc;
	enum schema_type type;
};

/* The unit of a table's timestamps. */
enum schema_granularity { SCHEMA_UNKNOWN, SCHEMA_MILLIS, SCHEMA_MICROS };

struct schema_table {
	char *name;
	struct schema_family *family;
	size_t n;
	enum schema_granularity granularity;
	struct bytes *split; /* malloc'd bytes; only to create */
	size_t nsplits;
};

struct schema {
	struct schema_table *table;
	size_t n;
};

/**
 * schema_free(s), schema_table_free(t), schema_gc_free(g):
 * Free the contents.
 */
void schema_free(struct schema *s);
void schema_table_free(struct schema_table *t);
void schema_gc_free(struct gc_rule *g);

/**
 * schema_add_table(s, name), schema_add_family(t, name),
 * schema_add_split(t, key):
 * Append it, or return the existing one.  Return NULL (-1) if there is no
 * memory.
 */
struct schema_table *schema_add_table(struct schema *s, const char *name);
struct schema_family *schema_add_family(struct schema_table *t,
    const char *name);
int schema_add_split(struct schema_table *t, struct bytes key);

/**
 * schema_find_family(t, name):
 * Return the family, or NULL.
 */
const struct schema_family *schema_find_family(const struct schema_table *t,
    struct bytes name);

/**
 * schema_type_name(t):
 * Return the name of a type for messages.
 */
const char *schema_type_name(enum schema_type t);

/**
 * schema_gc_equal(a, b):
 * Return true if both are the same rule, written the same way.
 */
bool schema_gc_equal(const struct gc_rule *a, const struct gc_rule *b);

/**
 * schema_gc_max_age(g):
 * Return the age in seconds from which ${g} may collect a cell even if it is
 * the newest of its column, or 0 if there is no such age.
 */
uint64_t schema_gc_max_age(const struct gc_rule *g);

#endif /* !NF_LOAD_SCHEMA_H */
