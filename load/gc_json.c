/* SPDX-License-Identifier: Apache-2.0 */
#include "gc_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/number.h"
#include "lib/json/jload.h"
#include "schema.h"

#define MAX_DEPTH 8
#define MAX_AGE_S ((uint64_t)100 * 366 * 24 * 3600)

int
gc_json_age(const char *text, uint64_t *seconds)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t i;

	if (number_next(&text, MAX_AGE_S, seconds) == -1 || *seconds == 0 ||
	    text[0] == '\0' || text[1] != '\0')
		return (-1);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == text[0]) {
			if (*seconds > MAX_AGE_S / units[i].seconds)
				return (-1);
			*seconds *= units[i].seconds;
			return (0);
		}
	return (-1);
}

static int
fail_rule(struct err *e, const char *what)
{

	return (err_set(e, ERR_CONFIG, "gc: %s", what));
}

static int read_rule_json(const json_t *, struct gc_rule *, int, struct err *);

static int
read_rules_json(const json_t *list, enum gc_kind kind, struct gc_rule *g,
    int depth,
    struct err *e)
{
	size_t n = json_array_size(list);

	if (n == 0)
		return (fail_rule(e, "not a list of rules"));
	g->kind = kind;
	if ((g->rule = calloc(n, sizeof(*g->rule))) == NULL)
		return (err_nomem(e));
	for (; g->n < n; g->n++)
		if (read_rule_json(json_array_get(list, g->n), &g->rule[g->n],
		    depth + 1, e) == -1) {
			g->n++; /* also frees a partly read rule */
			return (-1);
		}
	return (0);
}

static int
read_rule_json(const json_t *j, struct gc_rule *g, int depth, struct err *e)
{
	const json_t *v;

	if (!json_is_object(j) || depth > MAX_DEPTH)
		return (fail_rule(e, "expected an object with versions, age, "
		    "union or intersection"));
	if (json_object_size(j) == 0 && depth == 0)
		return (0);
	if (json_object_size(j) != 1)
		return (fail_rule(e, "expected one of versions, age, union, "
		    "intersection"));
	if ((v = json_object_get(j, "versions")) != NULL) {
		if (!json_is_integer(v) || json_integer_value(v) < 1 ||
		    json_integer_value(v) > INT32_MAX)
			return (fail_rule(e, "versions: not a number from 1"));
		g->kind = GC_VERSIONS;
		g->versions = (int32_t)json_integer_value(v);
		return (0);
	}
	if ((v = json_object_get(j, "age")) != NULL) {
		g->kind = GC_AGE;
		if (!json_is_string(v) ||
		    gc_json_age(json_string_value(v), &g->age_s) == -1)
			return (fail_rule(e,
			    "age: not a time such as \"30d\""));
		return (0);
	}
	if ((v = json_object_get(j, "union")) != NULL)
		return (read_rules_json(v, GC_UNION, g, depth, e));
	if ((v = json_object_get(j, "intersection")) != NULL)
		return (read_rules_json(v, GC_INTERSECTION, g, depth, e));
	return (fail_rule(e,
	    "expected one of versions, age, union, intersection"));
}

int
gc_json_read(const json_t *j, struct gc_rule *g, struct err *e)
{

	return (read_rule_json(j, g, 0, e));
}

int
gc_json_parse(const char *text, struct gc_rule *g, struct err *e)
{
	json_t *j;
	int rc;

	j = jload_bytes(text, strlen(text), JSON_REJECT_DUPLICATES, NULL, e);
	if (j == NULL)
		return (fail_rule(e, "not JSON"));
	rc = gc_json_read(j, g, e);
	json_decref(j);
	return (rc);
}

void
gc_json_write(const struct gc_rule *g, struct buf *out)
{
	size_t i;

	buf_putc(out, '{');
	switch (g->kind) {
	case GC_NONE:
		break;
	case GC_VERSIONS:
		buf_printf(out, "\"versions\":%d", g->versions);
		break;
	case GC_AGE:
		buf_printf(out, "\"age\":\"%" PRIu64 "s\"", g->age_s);
		break;
	case GC_UNION:
	case GC_INTERSECTION:
		buf_puts(out, g->kind == GC_UNION ? "\"union\":[" :
		    "\"intersection\":[");
		for (i = 0; i < g->n; i++) {
			if (i > 0)
				buf_putc(out, ',');
			gc_json_write(&g->rule[i], out);
		}
		buf_putc(out, ']');
		break;
	}
	buf_putc(out, '}');
}
