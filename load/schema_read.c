/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_read.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "gc_json.h"
#include "lib/base/bigtable_names.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/number.h"
#include "lib/base/share.h"
#include "lib/json/jload.h"
#include "options.h"
#include "schema.h"

#define MAX_MAPPING ((size_t)4 << 20)

static int
read_mapped_families(const json_t *j, struct schema_table *t, struct err *e)
{
	struct schema_family *f;
	const char *name;
	json_t *v, *gc;

	if (!json_is_object(j) || json_object_size(j) == 0)
		return (err_set(e, ERR_CONFIG, "families: missing"));
	json_object_foreach((json_t *)(uintptr_t)j, name, v) {
		if ((f = schema_add_family(t, name)) == NULL)
			return (err_nomem(e));
		gc = json_object_get(v, "gc");
		if (gc != NULL && gc_json_read(gc, &f->gc, e) == -1)
			return (err_prefix(e, "families/%s", name));
	}
	return (0);
}

static int
read_mapped_splits(const json_t *j, struct schema_table *t, struct err *e)
{
	const json_t *v;
	size_t i;

	if (j != NULL && !json_is_array(j))
		return (err_set(e, ERR_CONFIG, "splits: not an array"));
	for (i = 0; i < json_array_size(j); i++) {
		v = json_array_get(j, i);
		if (!json_is_string(v) || json_string_length(v) == 0)
			return (err_set(e, ERR_CONFIG,
			    "splits/%zu: not a key", i));
		if (schema_add_split(t,
		    bytes_of(json_string_value(v))) == -1)
			return (err_nomem(e));
	}
	return (0);
}

static int
read_mapped_table(const char *name, const json_t *j, struct schema *s,
    struct err *e)
{
	struct schema_table *t;
	const char *key;
	json_t *v;

	/* nf-transform would reject these. */
	if (!bigtable_names_table(bytes_of(name)))
		return (err_set(e, ERR_CONFIG, "%s", BIGTABLE_NAMES_TABLE));
	json_object_foreach((json_t *)(uintptr_t)j, key, v)
		if (strcmp(key, "families") != 0 &&
		    strcmp(key, "splits") != 0 &&
		    strcmp(key, "description") != 0)
			return (err_set(e, ERR_CONFIG, "unknown member "
			    "\"%.64s\"", key));
	if ((t = schema_add_table(s, name)) == NULL)
		return (err_nomem(e));
	if (read_mapped_families(json_object_get(j, "families"), t, e) == -1)
		return (-1);
	return (read_mapped_splits(json_object_get(j, "splits"), t, e));
}

/*
 * May cells with the timestamps of ${ts} be older than ${age} seconds when
 * they are written?
 */
static bool
may_be_old(const json_t *ts, uint64_t age)
{
	const json_t *fixed = json_object_get(ts, "fixed");

	if (json_object_get(ts, "from") != NULL)
		return (true);
	return (fixed != NULL && json_integer_value(fixed) <
	    clock_micros() - (int64_t)(age * 1000000));
}

/* Check one rule of the mapping against the families that it writes to. */
static int
check_rule_age(const json_t *rule, const json_t *ts, const struct schema *s,
    struct err *e)
{
	const char *table = json_string_value(json_object_get(rule, "table"));
	const struct schema_family *f;
	uint64_t age;
	size_t i, j;

	for (i = 0; i < s->n && table != NULL; i++) {
		if (strcmp(s->table[i].name, table) != 0)
			continue;
		for (j = 0; j < s->table[i].n; j++) {
			f = &s->table[i].family[j];
			age = schema_gc_max_age(&f->gc);
			if (age == 0 || !may_be_old(ts, age) ||
			    json_object_get(json_object_get(rule, "cells"),
			    f->name) == NULL)
				continue;
			return (err_set(e, ERR_CONFIG, "/tables/%s/families/"
			    "%s/gc: deletes by age, but the timestamps come "
			    "from the documents: old rows would be deleted at "
			    "once (--allow-age)", table, f->name));
		}
	}
	return (0);
}

static int
check_ages(const json_t *mapping, const struct schema *s, struct err *e)
{
	const json_t *rules = json_object_get(mapping, "rules"), *rule, *ts;
	size_t i;

	for (i = 0; i < json_array_size(rules); i++) {
		rule = json_array_get(rules, i);
		if ((ts = json_object_get(rule, "timestamp")) == NULL)
			ts = json_object_get(mapping, "timestamp");
		if (check_rule_age(rule, ts, s, e) == -1)
			return (-1);
	}
	return (0);
}

int
schema_read_from_mapping(const char *path, bool allow_age, struct schema *s,
    struct err *e)
{
	json_error_t where;
	json_t *j = NULL, *tables, *v;
	char *file = share_mapping(path, e);
	const char *name;
	struct buf b;
	int rc = -1;

	buf_init(&b, MAX_MAPPING);
	if (file == NULL || io_slurp(file, MAX_MAPPING, &b, e) == -1)
		goto done;
	j = jload_bytes(b.data, b.len, JSON_REJECT_DUPLICATES, &where, e);
	if (j == NULL) {
		err_set(e, ERR_CONFIG, "%s: line %d: not JSON", path,
		    where.line);
		goto done;
	}
	tables = json_object_get(j, "tables");
	if (!json_is_object(tables) || json_object_size(tables) == 0) {
		err_set(e, ERR_CONFIG, "%s: no section \"tables\"", path);
		goto done;
	}
	json_object_foreach(tables, name, v)
		if (read_mapped_table(name, v, s, e) == -1) {
			err_prefix(e, "%s: /tables/%s", path, name);
			goto done;
		}
	rc = allow_age ? 0 : check_ages(j, s, e);
	if (rc == -1)
		err_prefix(e, "%s", path);
done:
	json_decref(j);
	buf_free(&b);
	free(file);
	return (rc);
}

/* Parse versions=N, age=TIME or a rule as JSON. */
static int
read_rule_option(const char *text, struct gc_rule *gc, struct err *e)
{
	uint64_t n;

	if (strncmp(text, "versions=", 9) == 0 &&
	    number_read(text + 9, 1, INT32_MAX, &n) == 0) {
		gc->kind = GC_VERSIONS;
		gc->versions = (int32_t)n;
		return (0);
	}
	if (strncmp(text, "age=", 4) == 0 &&
	    gc_json_age(text + 4, &gc->age_s) == 0) {
		gc->kind = GC_AGE;
		return (0);
	}
	if (text[0] == '{')
		return (gc_json_parse(text, gc, e));
	return (err_set(e, ERR_USAGE,
	    "not versions=N, age=TIME or a rule in JSON"));
}

int
schema_read_from_options(const struct options *o, const char *table,
    struct schema *s, struct err *e)
{
	struct schema_family *f;
	struct schema_table *t;
	const char *text, *colon;
	char name[128];
	size_t i, n;

	if ((t = schema_add_table(s, table)) == NULL)
		return (err_nomem(e));
	for (i = 0; i < o->families.n; i++) {
		text = o->families.item[i];
		colon = strchr(text, ':');
		n = colon == NULL ? strlen(text) : (size_t)(colon - text);
		if (n == 0 || n >= sizeof(name))
			return (err_set(e, ERR_USAGE, "--family: no name"));
		memcpy(name, text, n);
		name[n] = '\0';
		if ((f = schema_add_family(t, name)) == NULL)
			return (err_nomem(e));
		schema_gc_free(&f->gc);
		if (colon != NULL && read_rule_option(colon + 1, &f->gc,
		    e) == -1)
			return (err_prefix(e, "--family %s", name));
	}
	for (i = 0; i < o->splits.n; i++)
		if (schema_add_split(t, bytes_of(o->splits.item[i])) == -1)
			return (err_nomem(e));
	return (0);
}
