/* SPDX-License-Identifier: Apache-2.0 */
#include "compile_tables.h"

#include <string.h>

#include "lib/base/bigtable_names.h"
#include "lib/base/err.h"
#include "lib/base/number.h"

/* As in nf-load, which creates the rules; ages in seconds. */
#define MAX_GC_DEPTH 8
#define MAX_AGE ((uint64_t)100 * 366 * 24 * 3600)

/* "30d". */
static int
check_age(const struct config *n, struct err *e)
{
	static const char units[] = "smhd";
	static const uint64_t seconds[] = { 1, 60, 3600, 86400 };
	const char *s, *unit;
	uint64_t v;

	if (config_string(n, &s, e) == -1)
		return (-1);
	if (number_next(&s, UINT64_MAX, &v) == -1 || *s == '\0' ||
	    (unit = strchr(units, *s)) == NULL || s[1] != '\0')
		return (config_wrong(n, e, "an age such as \"30d\", \"12h\", "
		    "\"5m\" or \"90s\""));
	if (v == 0 || v > MAX_AGE / seconds[unit - units])
		return (config_wrong(n, e, "an age of 1 second to 36600 days"));
	return (0);
}

/* {"versions": N}, {"age": "30d"}, {"union"|"intersection": [rules]}. */
static int
check_gc(const struct config *n, int depth, struct err *e)
{
	static const char *const keys[] = { "versions", "age", "union",
		"intersection", NULL };
	struct config m, item;
	int64_t v;
	size_t i;

	if (config_object(n, keys, e) == -1)
		return (-1);
	if (depth > MAX_GC_DEPTH)
		return (config_error(n, e, "rules nested more than %d levels deep",
		    MAX_GC_DEPTH));
	if (config_size(n) != 1)
		return (config_wrong(n, e, "one of \"versions\", \"age\", "
		    "\"union\" and \"intersection\""));
	if (config_member(n, "versions", &m))
		return (config_number(&m, 1, INT32_MAX, &v, e));
	if (config_member(n, "age", &m))
		return (check_age(&m, e));
	if (!config_member(n, "union", &m))
		(void)config_member(n, "intersection", &m);
	if (!config_is_array(&m) || config_size(&m) < 2)
		return (config_wrong(&m, e, "an array of two rules or more"));
	for (i = 0; i < config_size(&m); i++) {
		config_item(&m, i, &item);
		if (check_gc(&item, depth + 1, e) == -1)
			return (-1);
	}
	return (0);
}

static int
check_family_spec(const struct config *n, struct err *e)
{
	static const char *const keys[] = { "gc", "description", NULL };
	struct config m;

	if (config_object(n, keys, e) == -1)
		return (-1);
	return (config_member(n, "gc", &m) ? check_gc(&m, 0, e) : 0);
}

static int
check_splits(const struct config *n, struct err *e)
{
	struct config item;
	const char *s, *before = "";
	size_t i;

	if (!config_is_array(n))
		return (config_wrong(n, e, "an array of row keys"));
	for (i = 0; i < config_size(n); i++) {
		config_item(n, i, &item);
		if (config_string(&item, &s, e) == -1)
			return (-1);
		if (strcmp(s, before) <= 0)
			return (config_wrong(&item, e, "row keys in ascending "
			    "order"));
		before = s;
	}
	return (0);
}

int
compile_tables_check(const struct config *n, struct err *e)
{
	static const char *const keys[] = { "families", "splits", "description",
		NULL };
	struct config t, m, f;
	void *ti = NULL, *fi;

	if (config_object(n, NULL, e) == -1)
		return (-1);
	while (config_each(n, &ti, &t)) {
		if (!bigtable_names_table(bytes_of(t.key)))
			return (config_error(&t, e, BIGTABLE_NAMES_TABLE));
		if (config_object(&t, keys, e) == -1)
			return (-1);
		if (!config_member(&t, "families", &m))
			return (config_error(&t, e, "no \"families\""));
		if (config_object(&m, NULL, e) == -1)
			return (-1);
		for (fi = NULL; config_each(&m, &fi, &f);)
			if (check_family_spec(&f, e) == -1)
				return (-1);
		if (config_member(&t, "splits", &m) && check_splits(&m, e) ==
		    -1)
			return (-1);
	}
	return (0);
}

int
compile_tables_families(const struct config *cells, const struct config *root,
    const char *table, struct err *e)
{
	struct config tables, t, families, f, m;
	void *iter = NULL;

	if (!config_member(root, "tables", &tables) ||
	    !config_member(&tables, table, &t) ||
	    !config_member(&t, "families", &families))
		return (0);
	while (config_each(cells, &iter, &f))
		if (!config_member(&families, f.key, &m))
			return (config_error(&f, e, "no such family in "
			    "/tables/%s/families", table));
	return (0);
}
