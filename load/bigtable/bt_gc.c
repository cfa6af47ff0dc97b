/* SPDX-License-Identifier: Apache-2.0 */
#include "bt_gc.h"

#include <stdlib.h>

#include "lib/base/err.h"
#include "load/bigtable/admin.pb-c.h"
#include "load/schema.h"

#define RULE(name) GOOGLE__BIGTABLE__ADMIN__V2__GC_RULE__RULE_##name

/* The path from a list of tables down to a rule, by field numbers. */
enum level { LIST, TABLE, ENTRY, FAMILY, RULE_IN };

#define LEVELS (RULE_IN + 2 * BT_GC_MAX_DEPTH)

/* Skip a varint at ${p}, before ${end}: return the byte after it, or NULL. */
static const uint8_t *
read_varint(const uint8_t *p, const uint8_t *end, uint64_t *v)
{
	unsigned int shift;

	*v = 0;
	for (shift = 0; p < end && shift < 64; shift += 7) {
		*v |= (uint64_t)(*p & 0x7f) << shift;
		if ((*p++ & 0x80) == 0)
			return (p);
	}
	return (NULL);
}

/* Does field ${f} of a message on ${level} hold a message of the next level? */
static bool
is_nested_field(unsigned int level, uint64_t f)
{

	switch (level) {
	case LIST:
		return (f == 1);
	case TABLE:
		return (f == 3);
	case ENTRY:
		return (f == 2);
	case FAMILY:
		return (f == 1);
	default:
		return ((level - RULE_IN) % 2 == 0 ? f == 3 || f == 4 :
		    f == 1);
	}
}

static bool
is_shallow(const uint8_t *p, const uint8_t *end, unsigned int level)
{
	uint64_t tag, n = 0;

	while (p < end) {
		if ((p = read_varint(p, end, &tag)) == NULL)
			return (false);
		if ((tag & 7) == 0) {
			if ((p = read_varint(p, end, &n)) == NULL)
				return (false);
			continue;
		}
		if ((tag & 7) == 2) {
			if ((p = read_varint(p, end, &n)) == NULL)
				return (false);
		} else if ((tag & 7) == 1 || (tag & 7) == 5) {
			n = (tag & 7) == 1 ? 8 : 4;
		} else {
			return (false);
		}
		if (n > (size_t)(end - p))
			return (false);
		if ((tag & 7) == 2 && is_nested_field(level, tag >> 3) &&
		    (level == LEVELS || !is_shallow(p, p + n, level + 1)))
			return (false);
		p += n;
	}
	return (true);
}

bool
bt_gc_is_shallow(const uint8_t *p, size_t n, enum bt_gc_message message)
{

	return (n == 0 || is_shallow(p, p + n,
	    message == BT_GC_LIST_TABLES_RESPONSE ? LIST : TABLE));
}

/* Messages are malloc'd as by protobuf-c itself, so that it can free them. */
static void *
alloc_zeroed(size_t n, struct err *e)
{
	void *p = calloc(1, n);

	if (p == NULL)
		err_nomem(e);
	return (p);
}

static int
make_rules(const struct gc_rule *g, size_t *n,
    Google__Bigtable__Admin__V2__GcRule ***out, struct err *e)
{
	size_t i;

	if ((*out = alloc_zeroed(g->n * sizeof(**out), e)) == NULL)
		return (-1);
	for (i = 0; i < g->n; i++) {
		if (((*out)[i] = bt_gc_make(&g->rule[i], e)) == NULL)
			return (-1);
		(*n)++;
	}
	return (0);
}

static int
fill_rule(Google__Bigtable__Admin__V2__GcRule *m, const struct gc_rule *g,
    struct err *e)
{

	switch (g->kind) {
	case GC_NONE:
		break;
	case GC_VERSIONS:
		m->rule_case = RULE(MAX_NUM_VERSIONS);
		m->max_num_versions = g->versions;
		break;
	case GC_AGE:
		m->max_age = alloc_zeroed(sizeof(*m->max_age), e);
		if (m->max_age == NULL)
			return (-1);
		m->rule_case = RULE(MAX_AGE);
		google__bigtable__admin__v2__duration__init(m->max_age);
		m->max_age->seconds = (int64_t)g->age_s;
		break;
	case GC_UNION:
		m->union_ = alloc_zeroed(sizeof(*m->union_), e);
		if (m->union_ == NULL)
			return (-1);
		m->rule_case = RULE(UNION);
		google__bigtable__admin__v2__gc_rule__union__init(m->union_);
		return (make_rules(g, &m->union_->n_rules, &m->union_->rules,
		    e));
	case GC_INTERSECTION:
		m->intersection = alloc_zeroed(sizeof(*m->intersection), e);
		if (m->intersection == NULL)
			return (-1);
		m->rule_case = RULE(INTERSECTION);
		google__bigtable__admin__v2__gc_rule__intersection__init(
		    m->intersection);
		return (make_rules(g, &m->intersection->n_rules,
		    &m->intersection->rules, e));
	}
	return (0);
}

Google__Bigtable__Admin__V2__GcRule *
bt_gc_make(const struct gc_rule *g, struct err *e)
{
	Google__Bigtable__Admin__V2__GcRule *m;

	if ((m = alloc_zeroed(sizeof(*m), e)) == NULL)
		return (NULL);
	google__bigtable__admin__v2__gc_rule__init(m);
	if (fill_rule(m, g, e) == 0)
		return (m);
	google__bigtable__admin__v2__gc_rule__free_unpacked(m, NULL);
	return (NULL);
}

static int
read_rule_list(Google__Bigtable__Admin__V2__GcRule **m, size_t n,
    enum gc_kind kind, struct gc_rule *g, struct err *e)
{

	g->kind = kind;
	if (n == 0)
		return (0);
	if ((g->rule = alloc_zeroed(n * sizeof(*g->rule), e)) == NULL)
		return (-1);
	for (g->n = 0; g->n < n; g->n++)
		if (bt_gc_read(m[g->n], &g->rule[g->n], e) == -1)
			return (-1);
	return (0);
}

int
bt_gc_read(const Google__Bigtable__Admin__V2__GcRule *m, struct gc_rule *g,
    struct err *e)
{

	if (m == NULL)
		return (0);
	switch (m->rule_case) {
	case RULE(MAX_NUM_VERSIONS):
		g->kind = GC_VERSIONS;
		g->versions = m->max_num_versions;
		return (0);
	case RULE(MAX_AGE):
		g->kind = GC_AGE;
		if (m->max_age != NULL && m->max_age->seconds > 0)
			g->age_s = (uint64_t)m->max_age->seconds;
		return (0);
	case RULE(UNION):
		return (read_rule_list(m->union_->rules, m->union_->n_rules,
		    GC_UNION, g, e));
	case RULE(INTERSECTION):
		return (read_rule_list(m->intersection->rules,
		    m->intersection->n_rules, GC_INTERSECTION, g, e));
	default:
		return (0);
	}
}
