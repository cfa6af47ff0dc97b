/* SPDX-License-Identifier: Apache-2.0 */
#include "compile_values.h"

#include <string.h>

#include "compile_checks.h"
#include "compile_conditions.h"
#include "equation.h"
#include "lib/base/bigtable_names.h"
#include "lib/base/buf.h"
#include "lib/base/dates.h"
#include "lib/base/err.h"
#include "lib/base/zone.h"
#include "lib/json/jsonw.h"
#include "proofs.h"

#define MAX_SCALE 100
/* Qualifiers whose length need not be checked. */
#define MAX_NUMBERED 1000

static const char *const type_names[] = { "string", "decimal", "int64", "bool",
	"date", "bytes", "json", NULL };
static const char *const null_names[] = { "skip", "empty", "reject", NULL };
static const char *const round_names[] = { "no", "half_up", "half_even",
	"down", NULL };
static const char *const form_names[] = { "iso", "utc", "day", "micros",
	"int64", NULL };

int
compile_values_json(struct compiler *c, const char *head, const char *p,
    const char *tail, struct text *out, struct err *e)
{
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	buf_puts(&b, head);
	jsonw_cstring(&b, p);
	buf_puts(&b, tail);
	out->n = b.len;
	out->p = b.failed ? NULL :
	    pool_copy(&c->prog->pool, (const char *)b.data, b.len);
	buf_free(&b);
	return (out->p == NULL ? err_nomem(e) : 0);
}

int
compile_values_zone(struct compiler *c, const struct config *n,
    const struct zone **z, struct err *e)
{
	struct program *p = c->prog;
	struct zone **list, *opened;
	const char *name;
	struct err why = { 0 };

	if (config_string(n, &name, e) == -1)
		return (-1);
	if ((opened = zone_open(name, &why)) == NULL)
		return (config_error(n, e, "\"%.60s\": no such time zone "
		    "(%.150s); expected a name such as America/Sao_Paulo, UTC "
		    "or -03:00",
		    name, why.msg));
	list = pool_grow(&p->pool, p->zone, p->nzone, sizeof(struct zone *));
	if (list == NULL) {
		zone_free(opened);
		return (err_nomem(e));
	}
	p->zone = list;
	p->zone[p->nzone++] = opened;
	*z = opened;
	return (0);
}

int
compile_values_format(struct compiler *c, const struct config *n,
    const char **format, struct err *e)
{
	const char *s;

	if (config_string(n, &s, e) == -1)
		return (-1);
	if (!dates_can_parse(s))
		return (config_wrong(n, e, "epoch, epoch_ms, epoch_us or a "
		    "format of %Y %m %d %H %M %S %f %z %%"));
	*format = pool_copy(&c->prog->pool, s, strlen(s));
	return (*format == NULL ? err_nomem(e) : 0);
}

/* The origin of the text of a value. */
enum source {
	SOURCE_FROM = 1,
	SOURCE_TEMPLATE = 2,
	SOURCE_VALUE = 4,
	SOURCE_COMPUTE = 8
};
#define SOURCE_RECORD (SOURCE_FROM | SOURCE_TEMPLATE | SOURCE_COMPUTE)

/* What else a member of a value needs to have an effect. */
static const struct need {
	const char *key;
	int sources;       /* one of these, enum source */
	const char *type;  /* "type" is this; NULL: any */
	const char *other; /* this member is present; NULL: not needed */
} needs[] = {
	{ "scale", SOURCE_RECORD | SOURCE_VALUE, "decimal", NULL },
	{ "round", SOURCE_RECORD | SOURCE_VALUE, "decimal", "scale" },
	{ "to", SOURCE_RECORD | SOURCE_VALUE, "date", NULL },
	{ "format", SOURCE_RECORD | SOURCE_VALUE, "date", NULL },
	{ "zone", SOURCE_RECORD | SOURCE_VALUE, "date", NULL },
	{ "true", SOURCE_FROM | SOURCE_TEMPLATE, "bool", NULL },
	{ "false", SOURCE_FROM | SOURCE_TEMPLATE, "bool", NULL },
	{ "map", SOURCE_FROM | SOURCE_TEMPLATE, NULL, NULL },
	{ "else", SOURCE_FROM | SOURCE_TEMPLATE, NULL, "map" },
	{ "absent", SOURCE_RECORD, NULL, NULL },
	{ "null", SOURCE_RECORD, NULL, NULL },
	{ "pattern", SOURCE_RECORD, NULL, NULL },
	{ "in", SOURCE_RECORD, NULL, NULL },
	{ "min", SOURCE_RECORD, NULL, NULL },
	{ "max", SOURCE_RECORD, NULL, NULL },
	{ "min_length", SOURCE_RECORD, NULL, NULL },
	{ "max_length", SOURCE_RECORD, NULL, NULL },
	{ "check", SOURCE_RECORD, NULL, NULL },
	{ "on_fail", SOURCE_RECORD, NULL, NULL },
	{ "code", SOURCE_RECORD, NULL, NULL },
};

/* Obsolete spellings, and what to write instead. */
static const struct {
	const char *key;
	const char *instead;
} formers[] = { { "trim", "write \"|trim\" after the reference" },
	{ "default", "write \"|default:TEXT\" after the reference" },
	{ "required", "write \"null\": \"reject\"" } };

static int
check_need(const struct config *n, const struct need *k, enum source source,
    const char *type, struct err *e)
{
	struct config m, other;

	if (!config_member(n, k->key, &m))
		return (0);
	if (k->type != NULL && strcmp(k->type, type) != 0)
		return (config_error(&m, e, "only with \"type\": \"%s\"",
		    k->type));
	if ((k->sources & (int)source) == 0)
		return (config_error(&m, e, "has no effect beside \"%s\"",
		    source == SOURCE_VALUE ? "value" : "compute"));
	if (k->other != NULL && !config_member(n, k->other, &other))
		return (config_error(&m, e, "needs a \"%s\"", k->other));
	return (0);
}

/* Make sure that every member of the value ${n} has an effect. */
static int
check_needs(const struct config *n, const struct value *v, enum source source,
    struct err *e)
{
	struct config m;
	size_t i;

	for (i = 0; i < sizeof(formers) / sizeof(formers[0]); i++)
		if (config_member(n, formers[i].key, &m))
			return (config_error(&m, e, "%s", formers[i].instead));
	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (check_need(n, &needs[i], source, type_names[v->type], e) ==
		    -1)
			return (-1);
	return (0);
}

static int
read_decimal(const struct config *n, struct value *v, struct err *e)
{
	struct config m;
	int64_t scale;
	int choice;

	if (config_member(n, "scale", &m)) {
		if (config_number(&m, 0, MAX_SCALE, &scale, e) == -1)
			return (-1);
		v->scale = (int)scale;
	}
	if (config_member(n, "round", &m)) {
		if (config_choice(&m, round_names, &choice, e) == -1)
			return (-1);
		v->rounding = (enum rounding)choice;
	}
	return (0);
}

static int
read_date(struct compiler *c, const struct config *n, struct value *v,
    struct err *e)
{
	struct config m;
	int choice;

	v->zone = c->zone;
	if (config_member(n, "to", &m)) {
		if (config_choice(&m, form_names, &choice, e) == -1)
			return (-1);
		v->form = (enum date_form)choice;
	}
	if (config_member(n, "format", &m) &&
	    compile_values_format(c, &m, &v->format, e) == -1)
		return (-1);
	if (config_member(n, "zone", &m) &&
	    compile_values_zone(c, &m, &v->zone, e) == -1)
		return (-1);
	return (0);
}

/* No text may be both; true and false keep their meaning. */
static int
check_bool(const struct config *n, const struct value *v, struct err *e)
{
	size_t i, k;

	for (i = 0; i < v->nyes; i++) {
		if (strcmp(v->yes[i].p, "false") == 0)
			return (config_error_at(n, "true", e, "\"false\" "
			    "cannot mean true"));
		for (k = 0; k < v->nno; k++)
			if (strcmp(v->yes[i].p, v->no[k].p) == 0)
				return (config_error_at(n, "false", e,
				    "\"%.60s\" is in \"true\", too",
				    v->no[k].p));
	}
	for (k = 0; k < v->nno; k++)
		if (strcmp(v->no[k].p, "true") == 0)
			return (config_error_at(n, "false", e, "\"true\" "
			    "cannot mean false"));
	return (0);
}

static int
read_bool(struct compiler *c, const struct config *n, struct value *v,
    struct err *e)
{
	struct config m;

	if (config_member(n, "true", &m) &&
	    compile_conditions_texts(c, &m, &v->yes, &v->nyes, e) == -1)
		return (-1);
	if (config_member(n, "false", &m) &&
	    compile_conditions_texts(c, &m, &v->no, &v->nno, e) == -1)
		return (-1);
	return (check_bool(n, v, e));
}

static int
read_type(struct compiler *c, const struct config *n, struct value *v,
    enum source source, struct err *e)
{
	struct config m;
	int choice = source == SOURCE_COMPUTE ? TYPE_DECIMAL : TYPE_STRING;

	if (config_member(n, "type", &m) &&
	    config_choice(&m, type_names, &choice, e) == -1)
		return (-1);
	v->type = (enum type)choice;
	if (source == SOURCE_COMPUTE && v->type != TYPE_DECIMAL &&
	    v->type != TYPE_INT64 && v->type != TYPE_STRING)
		return (config_error(&m, e, "a computed value is a decimal, "
		    "int64 or string"));
	if (check_needs(n, v, source, e) == -1)
		return (-1);
	switch (v->type) {
	case TYPE_DECIMAL:
		return (read_decimal(n, v, e));
	case TYPE_DATE:
		return (read_date(c, n, v, e));
	case TYPE_BOOL:
		return (read_bool(c, n, v, e));
	default:
		return (0);
	}
}

static int
read_null(const struct config *n, struct value *v, struct err *e)
{
	struct config m;
	int choice;

	if (!config_member(n, "null", &m))
		return (0);
	if (config_choice(&m, null_names, &choice, e) == -1)
		return (-1);
	v->null = (enum null_policy)choice;
	return (0);
}

/* "map" and "else". */
static int
read_map(struct compiler *c, const struct config *n, struct value *v,
    struct err *e)
{
	const struct map *map;
	struct config m;
	struct text *t;
	const char *s;

	if (!config_member(n, "map", &m))
		return (0);
	if (config_string(&m, &s, e) == -1)
		return (-1);
	for (map = c->prog->maps; map != NULL; map = map->next)
		if (strcmp(map->name, s) == 0)
			v->map = map;
	if (v->map == NULL)
		return (config_wrong(&m, e, "one of the names in /maps"));
	if (!config_member(n, "else", &m))
		return (0);
	if (config_string(&m, &s, e) == -1)
		return (-1);
	if ((t = pool_alloc(&c->prog->pool, sizeof(*t))) == NULL ||
	    (t->p = pool_copy(&c->prog->pool, s, strlen(s))) == NULL)
		return (err_nomem(e));
	t->n = strlen(s);
	v->otherwise = t;
	return (0);
}

/* A constant of another type than string is a template without references. */
static int
read_constant(struct compiler *c, const struct config *n, struct value *v,
    struct err *e)
{
	struct pool *pool = &c->prog->pool;
	struct text *t = pool_alloc(pool, sizeof(*t));
	struct template *one = pool_alloc(pool, sizeof(*one));
	const char *s;

	if (t == NULL || one == NULL)
		return (err_nomem(e));
	if (config_string(n, &s, e) == -1)
		return (-1);
	if (v->type == TYPE_STRING) {
		v->constant = t;
		return (compile_values_json(c, "", s, "", t, e));
	}
	if ((one->part = pool_alloc(pool, sizeof(*one->part))) == NULL ||
	    (one->part->literal.p = pool_copy(pool, s, strlen(s))) == NULL)
		return (err_nomem(e));
	one->part->literal.n = strlen(s);
	one->n = 1;
	v->template = one;
	return (0);
}

/* A quotient must have a scale. */
static int
read_compute(struct compiler *c, const struct config *n, struct value *v,
    struct err *e)
{
	const char *s;
	bool divides;

	if (config_string(n, &s, e) == -1 ||
	    equation_compute(c, n, s, &v->compute, &divides, e) == -1)
		return (-1);
	if (divides && (v->type != TYPE_DECIMAL || v->scale == -1))
		return (config_error(n, e, "a division needs \"type\": "
		    "\"decimal\", a \"scale\" and perhaps \"round\""));
	return (0);
}

/* Which of the four members gives the origin of the value? */
static int
find_value_source(const struct config *n, struct config *m, enum source *source,
    struct err *e)
{
	static const struct {
		const char *key;
		enum source source;
	} sources[] = { { "from", SOURCE_FROM },
		{ "template", SOURCE_TEMPLATE }, { "value", SOURCE_VALUE },
		{ "compute", SOURCE_COMPUTE } };
	struct config one;
	size_t i, found = 0;

	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (config_member(n, sources[i].key, &one)) {
			*m = one;
			*source = sources[i].source;
			found++;
		}
	return (found == 1 ? 0 : config_error(n, e, "expected one of \"from\" "
	    "(a reference), \"template\", \"compute\" and \"value\" (a "
	    "constant)"));
}

static int
read_source(struct compiler *c, const struct config *m, enum source source,
    struct value *v, struct err *e)
{
	const char *s;

	switch (source) {
	case SOURCE_VALUE:
		return (read_constant(c, m, v, e));
	case SOURCE_COMPUTE:
		return (read_compute(c, m, v, e));
	case SOURCE_TEMPLATE:
		return (config_string(m, &s, e) == -1 ? -1 :
		    refs_template(c, m, s, &v->template, e));
	default:
		return (refs_ref(c, m, &v->ref, e));
	}
}

/* JSON is kept as served: it takes no functions and no checks. */
static int
require_json(const struct config *n, const struct value *v, struct err *e)
{

	if (v->ref == NULL)
		return (config_error(n, e, "json needs \"from\""));
	if (!v->ref->plain)
		return (config_error(n, e, "json takes no functions but |json "
		    "and no #"));
	if (v->map != NULL)
		return (config_error(n, e, "json takes no \"map\""));
	if (v->ncheck > 0)
		return (config_error(n, e, "json takes no checks; an entry of "
		    "\"checks\" has its own \"from\""));
	return (0);
}

/* The reference that names a value in faults: its first. */
static const struct ref *
name_value(const struct value *v)
{
	size_t i;

	for (i = 0; v->template != NULL && i < v->template->n; i++)
		if (v->template->part[i].ref != NULL &&
		    v->template->part[i].ref->kind == REF_VALUE)
			return (v->template->part[i].ref);
	return (v->compute != NULL ? equation_name(v->compute) : v->ref);
}

static int
read_value_object(struct compiler *c, const struct config *n, struct value *v,
    struct err *e)
{
	static const char *const keys[] = { "from", "template", "value",
		"compute", "type", "scale", "round", "to", "format", "zone",
		"true", "false", "map", "else", "absent", "null", "pattern",
		"in", "min", "max", "min_length", "max_length", "check",
		"on_fail", "code", "description", "trim", "default", "required",
		NULL };
	enum source source = SOURCE_FROM;
	struct config m;

	if (config_object(n, keys, e) == -1 ||
	    find_value_source(n, &m, &source, e) == -1 ||
	    read_type(c, n, v, source, e) == -1 ||
	    read_source(c, &m, source, v, e) == -1)
		return (-1);
	v->name = name_value(v);
	if (read_null(n, v, e) == -1 || read_map(c, n, v, e) == -1 ||
	    compile_checks_of_value(c, n, v, e) == -1)
		return (-1);
	return (v->type == TYPE_JSON ? require_json(n, v, e) : 0);
}

/* A string is a reference; an object has more settings. */
static int
compile_value(struct compiler *c, const struct config *n, struct value *v,
    struct err *e)
{
	const struct absent *around = c->absent;
	bool alone;
	int rc;

	v->scale = -1;
	if ((v->place = refs_place(c, n)) == NULL)
		return (err_nomem(e));
	rc = refs_absent(c, n, e);
	if (rc == 0)
		rc = config_is_string(n) ? refs_ref(c, n, &v->ref, e) :
		    read_value_object(c, n, v, e);
	if (v->name == NULL)
		v->name = v->ref;
	c->absent = around;
	alone = v->ref != NULL && v->ref->plain && v->ref->other == NULL &&
	    v->ref->absent == NULL && v->map == NULL && v->ncheck == 0;
	v->plain = alone && v->type == TYPE_STRING;
	v->direct = alone &&
	    (v->type == TYPE_DECIMAL || v->type == TYPE_DATE);
	return (rc);
}

static int
compile_column(struct compiler *c, const struct config *n, struct column *col,
    struct err *e)
{

	if (*n->key == '\0')
		return (config_error(n, e, "an empty qualifier"));
	if (strpbrk(n->key, "{}") != NULL) {
		if (refs_template(c, n, n->key, &col->qualifier, e) == -1)
			return (-1);
		col->numbered = proofs_numbered(col->qualifier) &&
		    strlen(n->key) < MAX_NUMBERED;
	} else if (strlen(n->key) > 16384)
		return (config_error(n, e, "a qualifier of over 16384 bytes"));
	else if (compile_values_json(c, "", n->key, ":", &col->name, e) == -1)
		return (-1);
	return (compile_value(c, n, &col->value, e));
}

static int
compile_columns(struct compiler *c, const struct config *n, struct block *b,
    struct err *e)
{
	struct column *col;
	struct config m;
	void *iter = NULL;

	if (config_object(n, NULL, e) == -1)
		return (-1);
	if (config_size(n) == 0)
		return (config_error(n, e, "no cells"));
	col = pool_alloc(&c->prog->pool, (config_size(n) + 1) * sizeof(*col));
	if (col == NULL)
		return (err_nomem(e));
	b->column = col;
	while (config_each(n, &iter, &m))
		if (compile_column(c, &m, &col[b->ncolumn++], e) == -1)
			return (-1);
	return (0);
}

/* Names of flattened members, in which "*" matches any one step. */
static int
read_names(struct compiler *c, const struct config *n,
    const struct wildcard *w, struct names *out, struct err *e)
{
	const struct text *texts;
	struct text *sorted;
	size_t count, i, stars = 0;

	if (compile_conditions_texts(c, n, &texts, &count, e) == -1)
		return (-1);
	sorted = pool_alloc(&c->prog->pool, count * sizeof(*sorted));
	if (sorted == NULL)
		return (err_nomem(e));
	for (i = 0; i < count; i++)
		if (strchr(texts[i].p, '*') == NULL)
			sorted[i - stars] = texts[i];
		else if (w->separator.n > 0)
			sorted[count - ++stars] = texts[i];
		else
			return (config_error(n, e, "* is a step between "
			    "separators, and there are none"));
	out->nplain = count - stars;
	out->star = sorted + out->nplain;
	out->nstar = stars;
	program_index_names(out, sorted);
	return (0);
}

static int
read_separator(struct compiler *c, const struct config *n, struct wildcard *w,
    struct err *e)
{
	struct config m;
	const char *s;

	w->separator = (struct text){ .p = ".", .n = 1 };
	if (!config_member(n, "separator", &m))
		return (0);
	if (config_string(&m, &s, e) == -1)
		return (-1);
	w->separator.n = strlen(s);
	w->separator.p = pool_copy(&c->prog->pool, s, w->separator.n);
	return (w->separator.p == NULL ? err_nomem(e) : 0);
}

static int
read_wildcard(struct compiler *c, const struct config *n,
    const struct config *all, struct wildcard *w, struct err *e)
{
	struct config m;
	const char *s;

	if (refs_ref(c, all, &w->ref, e) == -1)
		return (-1);
	if (!w->ref->plain)
		return (config_wrong(all, e, "a reference to an object, such "
		    "as \"/ide\""));
	if (config_member(n, "prefix", &m) &&
	    (config_string(&m, &s, e) == -1 ||
	    refs_template(c, &m, s, &w->prefix, e) == -1))
		return (-1);
	if (read_separator(c, n, w, e) == -1 ||
	    (config_member(n, "except", &m) &&
	    read_names(c, &m, w, &w->except, e) == -1) ||
	    (config_member(n, "lists", &m) &&
	    read_names(c, &m, w, &w->lists, e) == -1))
		return (-1);
	return (read_null(n, &w->value, e));
}

static int
compile_wildcard(struct compiler *c, const struct config *n,
    const struct config *all, struct block *b, struct err *e)
{
	struct wildcard *w = pool_alloc(&c->prog->pool, sizeof(*w));
	const struct absent *around = c->absent;
	int rc;

	if (w == NULL || (w->value.place = refs_place(c, all)) == NULL)
		return (err_nomem(e));
	b->wildcard = w;
	w->value.scale = -1;
	if ((rc = refs_absent(c, n, e)) == 0)
		rc = read_wildcard(c, n, all, w, e);
	c->absent = around;
	return (rc);
}

/* Some members are only allowed next to "all". */
static int
check_block(const struct config *n, struct err *e)
{
	static const char *const needs_all[] = { "prefix", "separator",
		"except", "lists", "null", "absent" };
	struct config m, other;
	size_t i;

	if (config_member(n, "all", &m))
		return (0);
	for (i = 0; i < sizeof(needs_all) / sizeof(needs_all[0]); i++)
		if (config_member(n, needs_all[i], &m))
			return (config_error(&m, e, "only with \"all\""));
	return (config_member(n, "columns", &other) ? 0 :
	    config_error(n, e, "expected \"columns\" or \"all\""));
}

/* One block of a family: columns, or all members; optionally for each item. */
static int
compile_block(struct compiler *c, const struct config *n, struct block *b,
    struct err *e)
{
	static const char *const keys[] = { "for_each", "when", "columns",
		"all", "prefix", "separator", "except", "lists", "null",
		"absent", "description", NULL };
	struct config m;
	int rc = 0;

	if (config_object(n, keys, e) == -1 || check_block(n, e) == -1)
		return (-1);
	if ((b->place = refs_place(c, n)) == NULL)
		return (err_nomem(e));
	if (config_member(n, "for_each", &m) &&
	    refs_enter(c, &m, &b->each, e) == -1)
		return (-1);
	if (config_member(n, "when", &m))
		rc = compile_conditions_when(c, &m, &b->when, e);
	if (rc == 0 && config_member(n, "columns", &m))
		rc = compile_columns(c, &m, b, e);
	if (rc == 0 && config_member(n, "all", &m))
		rc = compile_wildcard(c, n, &m, b, e);
	if (b->each != NULL)
		refs_leave(c);
	return (rc);
}

static int
compile_blocks(struct compiler *c, const struct config *n, struct family *f,
    struct err *e)
{
	size_t size = config_is_array(n) ? config_size(n) : 1, i;
	struct block *b;
	struct config item;

	if (size == 0)
		return (config_error(n, e, "no cells"));
	b = pool_alloc(&c->prog->pool, size * sizeof(*b));
	if (b == NULL)
		return (err_nomem(e));
	f->block = b;
	f->nblock = size;
	if (!config_is_array(n))
		return (compile_columns(c, n, b, e));
	for (i = 0; i < size; i++) {
		config_item(n, i, &item);
		if (compile_block(c, &item, &b[i], e) == -1)
			return (-1);
	}
	return (0);
}

int
compile_values_families(struct compiler *c, const struct config *n,
    struct rule *r, struct err *e)
{
	struct family *f;
	struct config m;
	void *iter = NULL;

	if (config_object(n, NULL, e) == -1)
		return (-1);
	if (config_size(n) == 0)
		return (config_error(n, e, "no cells"));
	f = pool_alloc(&c->prog->pool, config_size(n) * sizeof(*f));
	if (f == NULL)
		return (err_nomem(e));
	r->family = f;
	for (; config_each(n, &iter, &m); f++, r->nfamily++) {
		if (!bigtable_names_family(bytes_of(m.key)))
			return (config_error(&m, e,
			    "a family's name has 1 to 64 "
			    "of a-z A-Z 0-9 - _ ."));
		if (compile_values_json(c, "", m.key, ":{", &f->open,
		    e) == -1 || compile_blocks(c, &m, f, e) == -1)
			return (-1);
	}
	return (0);
}
