/* SPDX-License-Identifier: Apache-2.0 */
#include "compile_values.h"

#include <string.h>

#include "compile_checks.h"
#include "compile_conditions.h"
#include "lib/base/bigtable_names.h"
#include "lib/base/buf.h"
#include "lib/base/dates.h"
#include "lib/base/err.h"
#include "lib/base/zone.h"
#include "lib/json/jsonw.h"

#define MAX_SCALE 100

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

/* Members that only make sense with one type. */
static int
require_type(const struct config *n, const char *key, bool ok, const char *type,
    struct err *e)
{
	struct config m;

	if (!config_member(n, key, &m) || ok)
		return (0);
	return (config_error(&m, e, "only with \"type\": \"%s\"", type));
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
		if (v->scale == -1)
			return (config_error(&m, e, "needs a \"scale\""));
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
	return (0);
}

static int
read_type(struct compiler *c, const struct config *n, struct value *v,
    struct err *e)
{
	static const struct {
		const char *key;
		enum type type;
	} members[] = { { "scale", TYPE_DECIMAL }, { "round", TYPE_DECIMAL },
		{ "to", TYPE_DATE }, { "format", TYPE_DATE },
		{ "zone", TYPE_DATE },
		{ "true", TYPE_BOOL }, { "false", TYPE_BOOL } };
	struct config m;
	int choice = TYPE_STRING;
	size_t i;

	if (config_member(n, "type", &m) &&
	    config_choice(&m, type_names, &choice, e) == -1)
		return (-1);
	v->type = (enum type)choice;
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (require_type(n, members[i].key, members[i].type == v->type,
		    type_names[members[i].type], e) == -1)
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

/* "default", "null", "required", "trim". */
static int
read_absent(struct compiler *c, const struct config *n, struct value *v,
    struct ref *r, struct err *e)
{
	struct config m;
	const char *s;
	bool flag = false;
	int choice;

	if (config_member(n, "null", &m)) {
		if (config_choice(&m, null_names, &choice, e) == -1)
			return (-1);
		v->null = (enum null_policy)choice;
	}
	if (config_member(n, "required", &m)) {
		if (config_bool(&m, &flag, e) == -1)
			return (-1);
		if (flag)
			v->null = NULL_REJECT;
	}
	if (config_member(n, "default", &m)) {
		if (config_string(&m, &s, e) == -1)
			return (-1);
		if (r == NULL)
			return (config_error(&m, e, "only with \"from\""));
		r->has_default = true;
		r->dflt.n = strlen(s);
		r->dflt.p = pool_copy(&c->prog->pool, s, r->dflt.n);
		if (r->dflt.p == NULL)
			return (err_nomem(e));
	}
	return (0);
}

/* The reference in "from", with "|trim" added where "trim" is true. */
static int
read_from(struct compiler *c, const struct config *n, const struct config *from,
    struct ref **out, struct err *e)
{
	const char *s;
	struct config m;
	struct buf b;
	bool trim = false;
	int rc;

	if (config_string(from, &s, e) == -1 ||
	    (config_member(n, "trim", &m) && config_bool(&m, &trim, e) == -1))
		return (-1);
	buf_init(&b, (size_t)64 << 10);
	buf_printf(&b, "%s%s", s, trim ? "|trim" : "");
	rc = b.failed ? err_nomem(e) :
	    refs_text(c, from, (const char *)b.data, b.len, out, e);
	buf_free(&b);
	return (rc);
}

static int
read_constant(struct compiler *c, const struct config *n, struct value *v,
    struct err *e)
{
	struct text *t = pool_alloc(&c->prog->pool, sizeof(*t));
	const char *s;

	if (t == NULL)
		return (err_nomem(e));
	if (config_string(n, &s, e) == -1 ||
	    compile_values_json(c, "", s, "", t, e) == -1)
		return (-1);
	v->constant = t;
	return (0);
}

/* Where the value comes from: just one of three members. */
static int
read_source(struct compiler *c, const struct config *n, struct value *v,
    struct ref **r, struct err *e)
{
	struct config from, template, constant;
	bool f = config_member(n, "from", &from);
	bool t = config_member(n, "template", &template);
	bool k = config_member(n, "value", &constant);
	const char *s;

	if (f + t + k != 1)
		return (config_error(n, e, "expected one of \"from\" (a "
		    "reference), \"template\" and \"value\" (a constant)"));
	if (k)
		return (read_constant(c, &constant, v, e));
	if (t)
		return (config_string(&template, &s, e) == -1 ? -1 :
		    refs_template(c, &template, s, &v->template, e));
	if (read_from(c, n, &from, r, e) == -1)
		return (-1);
	v->ref = *r;
	return (0);
}

/* JSON is what was served: nothing is done to it, nothing is asked of it. */
static int
require_json(const struct config *n, const struct value *v, struct err *e)
{

	if (v->ref == NULL)
		return (config_error(n, e, "json needs \"from\""));
	if (v->ref->nfunc > 0 || v->ref->kind != REF_VALUE)
		return (config_error(n, e, "json takes no functions and no #"));
	if (v->ref->has_default)
		return (config_error(n, e, "json takes no \"default\""));
	if (v->ncheck > 0)
		return (config_error(n, e, "json takes no checks; an entry of "
		    "\"checks\" has its own \"from\""));
	return (0);
}

/* A string is a reference; an object says more. */
static int
compile_value(struct compiler *c, const struct config *n, struct value *v,
    struct err *e)
{
	static const char *const keys[] = { "from", "template", "value", "type",
		"scale", "round", "to", "format", "zone", "true", "false",
		"null", "default", "required", "trim", "pattern", "in", "min",
		"max", "min_length", "max_length", "check", "on_fail", "code",
		"description", NULL };
	struct ref *r = NULL;

	v->scale = -1;
	if (config_is_string(n)) {
		if (refs_ref(c, n, &v->ref, e) == -1)
			return (-1);
	} else if (config_object(n, keys, e) == -1 ||
	    read_source(c, n, v, &r, e) == -1 ||
	    read_type(c, n, v, e) == -1 ||
	    read_absent(c, n, v, r, e) == -1 ||
	    compile_checks_of_value(c, n, v, e) == -1)
		return (-1);
	v->plain = v->ref != NULL && v->ref->kind == REF_VALUE &&
	    v->ref->nfunc == 0 && !v->ref->has_default &&
	    v->type == TYPE_STRING && v->ncheck == 0;
	return (v->type == TYPE_JSON ? require_json(n, v, e) : 0);
}

static int
compile_column(struct compiler *c, const struct config *n, struct column *col,
    bool *distinct, struct err *e)
{

	if (*n->key == '\0')
		return (config_error(n, e, "an empty qualifier"));
	if (strpbrk(n->key, "{}") != NULL) {
		*distinct = false;
		if (refs_template(c, n, n->key, &col->qualifier,
		    e) == -1)
			return (-1);
	} else if (strlen(n->key) > 16384)
		return (config_error(n, e, "a qualifier of over 16384 bytes"));
	else if (compile_values_json(c, "", n->key, ":", &col->name, e) == -1)
		return (-1);
	return (compile_value(c, n, &col->value, e));
}

static int
compile_columns(struct compiler *c, const struct config *n, struct block *b,
    bool *distinct, struct err *e)
{
	struct column *col;
	struct config m;
	void *iter = NULL;

	if (config_object(n, NULL, e) == -1)
		return (-1);
	col = pool_alloc(&c->prog->pool, (config_size(n) + 1) * sizeof(*col));
	if (col == NULL)
		return (err_nomem(e));
	b->column = col;
	while (config_each(n, &iter, &m))
		if (compile_column(c, &m, &col[b->ncolumn++], distinct, e) ==
		    -1)
			return (-1);
	return (0);
}

static int
compile_wildcard(struct compiler *c, const struct config *n,
    const struct config *all, struct block *b, struct err *e)
{
	struct wildcard *w = pool_alloc(&c->prog->pool, sizeof(*w));
	struct config m;
	const char *s;
	struct ref *r = NULL;

	if (w == NULL)
		return (err_nomem(e));
	b->wildcard = w;
	w->separator = (struct text){ .p = ".", .n = 1 };
	w->value.scale = -1;
	if (refs_ref(c, all, &w->ref, e) == -1)
		return (-1);
	if (w->ref->kind != REF_VALUE || w->ref->nfunc > 0)
		return (config_wrong(all, e,
		    "a reference to an object, such as " "\"/ide\""));
	if (config_member(n, "prefix", &m)) {
		if (config_string(&m, &s, e) == -1 ||
		    refs_template(c, &m, s, &w->prefix, e) == -1)
			return (-1);
	}
	if (config_member(n, "separator", &m)) {
		if (config_string(&m, &s, e) == -1)
			return (-1);
		w->separator.n = strlen(s);
		if ((w->separator.p = pool_copy(&c->prog->pool, s,
		    w->separator.n)) == NULL)
			return (err_nomem(e));
	}
	if (config_member(n, "except", &m) &&
	    compile_conditions_texts(c, &m, &w->except, &w->nexcept, e) == -1)
		return (-1);
	return (read_absent(c, n, &w->value, r, e));
}

/* One block of a family: columns, or all members, perhaps for each item. */
static int
compile_block(struct compiler *c, const struct config *n, struct block *b,
    bool *distinct, struct err *e)
{
	static const char *const keys[] = { "for_each", "when", "columns",
		"all", "prefix", "separator", "except", "null", "description",
		NULL };
	struct config m;
	int rc = 0;

	if (config_object(n, keys, e) == -1)
		return (-1);
	*distinct = false;
	if (config_member(n, "for_each", &m) &&
	    refs_enter(c, &m, &b->each, e) == -1)
		return (-1);
	if (config_member(n, "when", &m))
		rc = compile_conditions_when(c, &m, &b->when, e);
	if (rc == 0 && config_member(n, "columns", &m))
		rc = compile_columns(c, &m, b, distinct, e);
	if (rc == 0 && config_member(n, "all", &m))
		rc = compile_wildcard(c, n, &m, b, e);
	else if (rc == 0 && b->column == NULL)
		rc = config_error(n, e, "expected \"columns\" or \"all\"");
	if (b->each != NULL)
		refs_leave(c);
	return (rc);
}

static int
compile_blocks(struct compiler *c, const struct config *n, struct family *f,
    bool *distinct, struct err *e)
{
	size_t size = config_is_array(n) ? config_size(n) : 1, i;
	struct block *b;
	struct config item;

	b = pool_alloc(&c->prog->pool, (size + 1) * sizeof(*b));
	if (b == NULL)
		return (err_nomem(e));
	f->block = b;
	f->nblock = size;
	if (!config_is_array(n))
		return (compile_columns(c, n, b, distinct, e));
	for (i = 0; i < size; i++) {
		config_item(n, i, &item);
		if (compile_block(c, &item, &b[i], distinct, e) == -1)
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
	r->distinct = true;
	for (; config_each(n, &iter, &m); f++, r->nfamily++) {
		if (!bigtable_names_family(bytes_of(m.key)))
			return (config_error(&m, e,
			    "a family's name has 1 to 64 "
			    "of a-z A-Z 0-9 - _ ."));
		if (compile_values_json(c, "", m.key, ":{", &f->open, e) == -1
		    || compile_blocks(c, &m, f, &r->distinct, e) == -1)
			return (-1);
	}
	return (0);
}
