/* SPDX-License-Identifier: Apache-2.0 */
#include "compile_tables.h"

#include <string.h>

#include "lib/base/bigtable_names.h"
#include "lib/base/err.h"
#include "lib/base/number.h"

/* As nf-load has them, which makes the rules; ages in seconds. */
#define MAX_GC_DEPTH 8
#define MAX_AGE ((uint64_t)100 * 366 * 24 * 3600)

/* "30d". */
static int
check_age(const struct node *n, struct err *e)
{
	static const char units[] = "smhd";
	static const uint64_t seconds[] = { 1, 60, 3600, 86400 };
	const char *s, *unit;
	uint64_t v;

	if (node_string(n, &s, e) == -1)
		return (-1);
	if (number_next(&s, UINT64_MAX, &v) == -1 || *s == '\0' ||
	    (unit = strchr(units, *s)) == NULL || s[1] != '\0')
		return (node_wrong(n, e, "an age such as \"30d\", \"12h\", "
		    "\"5m\" or \"90s\""));
	if (v == 0 || v > MAX_AGE / seconds[unit - units])
		return (node_wrong(n, e, "an age of 1 second to 36600 days"));
	return (0);
}

/* {"versions": N}, {"age": "30d"}, {"union"|"intersection": [rules]}. */
static int
check_gc(const struct node *n, int depth, struct err *e)
{
	static const char *const keys[] = { "versions", "age", "union",
		"intersection", NULL };
	struct node m, item;
	int64_t v;
	size_t i;

	if (node_object(n, keys, e) == -1)
		return (-1);
	if (depth > MAX_GC_DEPTH)
		return (node_error(n, e, "rules more than %d deep in others",
		    MAX_GC_DEPTH));
	if (node_size(n) != 1)
		return (node_wrong(n, e, "one of \"versions\", \"age\", "
		    "\"union\" and \"intersection\""));
	if (node_member(n, "versions", &m))
		return (node_number(&m, 1, INT32_MAX, &v, e));
	if (node_member(n, "age", &m))
		return (check_age(&m, e));
	if (!node_member(n, "union", &m))
		(void)node_member(n, "intersection", &m);
	if (!node_is_array(&m) || node_size(&m) < 2)
		return (node_wrong(&m, e, "an array of two rules or more"));
	for (i = 0; i < node_size(&m); i++) {
		node_item(&m, i, &item);
		if (check_gc(&item, depth + 1, e) == -1)
			return (-1);
	}
	return (0);
}

static int
check_family_spec(const struct node *n, struct err *e)
{
	static const char *const keys[] = { "gc", "description", NULL };
	struct node m;

	if (node_object(n, keys, e) == -1)
		return (-1);
	return (node_member(n, "gc", &m) ? check_gc(&m, 0, e) : 0);
}

static int
check_splits(const struct node *n, struct err *e)
{
	struct node item;
	const char *s, *before = "";
	size_t i;

	if (!node_is_array(n))
		return (node_wrong(n, e, "an array of row keys"));
	for (i = 0; i < node_size(n); i++) {
		node_item(n, i, &item);
		if (node_string(&item, &s, e) == -1)
			return (-1);
		if (strcmp(s, before) <= 0)
			return (node_wrong(&item, e, "row keys in ascending "
			    "order"));
		before = s;
	}
	return (0);
}

int
compile_tables_check(const struct node *n, struct err *e)
{
	static const char *const keys[] = { "families", "splits", "description",
		NULL };
	struct node t, m, f;
	void *ti = NULL, *fi;

	if (node_object(n, NULL, e) == -1)
		return (-1);
	while (node_each(n, &ti, &t)) {
		if (!bigtable_names_table(bytes_of(t.key)))
			return (node_error(&t, e, BIGTABLE_NAMES_TABLE));
		if (node_object(&t, keys, e) == -1)
			return (-1);
		if (!node_member(&t, "families", &m))
			return (node_error(&t, e, "no \"families\""));
		if (node_object(&m, NULL, e) == -1)
			return (-1);
		for (fi = NULL; node_each(&m, &fi, &f);)
			if (check_family_spec(&f, e) == -1)
				return (-1);
		if (node_member(&t, "splits", &m) && check_splits(&m, e) == -1)
			return (-1);
	}
	return (0);
}

int
compile_tables_families(const struct node *cells, const struct node *root,
    const char *table, struct err *e)
{
	struct node tables, t, families, f, m;
	void *iter = NULL;

	if (!node_member(root, "tables", &tables) ||
	    !node_member(&tables, table, &t) ||
	    !node_member(&t, "families", &families))
		return (0);
	while (node_each(cells, &iter, &f))
		if (!node_member(&families, f.key, &m))
			return (node_error(&f, e, "no such family in "
			    "/tables/%s/families", table));
	return (0);
}
