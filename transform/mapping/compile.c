/* SPDX-License-Identifier: Apache-2.0 */
#include "compile.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "compile_checks.h"
#include "compile_conditions.h"
#include "compile_maps.h"
#include "compile_tables.h"
#include "compile_values.h"
#include "lib/base/bigtable_names.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/share.h"
#include "lib/base/zone.h"
#include "lib/json/config.h"
#include "program.h"
#include "proofs.h"
#include "refs.h"

#define MAX_FILE ((size_t)4 << 20)

/* "run", {"from": ...} or {"fixed": N}. */
static int
compile_stamp(struct compiler *c, const struct config *n, struct stamp *s,
    struct err *e)
{
	static const char *const keys[] = { "from", "format", "zone", "fixed",
		NULL };
	struct config m;
	const char *text;

	s->zone = c->zone;
	if (config_is_string(n)) {
		if (config_string(n, &text, e) == -1)
			return (-1);
		if (strcmp(text, "run") == 0)
			return (0);
	}
	if (!config_is_object(n))
		return (config_wrong(n, e, "\"run\", {\"from\": reference} or "
		    "{\"fixed\": microseconds}"));
	if (config_object(n, keys, e) == -1)
		return (-1);
	if (config_member(n, "fixed", &m)) {
		s->kind = STAMP_FIXED;
		if (config_number(&m, 0, INT64_MAX, &s->fixed, e) == -1)
			return (-1);
		return (s->fixed % 1000 == 0 ? 0 : config_wrong(&m, e,
		    "whole milliseconds, given in microseconds"));
	}
	s->kind = STAMP_FIELD;
	if (!config_member(n, "from", &m))
		return (config_error(n, e, "expected \"from\" or \"fixed\""));
	if (refs_ref(c, &m, &s->ref, e) == -1 ||
	    (config_member(n, "format", &m) &&
	    compile_values_format(c, &m, &s->format, e) == -1) ||
	    (config_member(n, "zone", &m) &&
	    compile_values_zone(c, &m, &s->zone, e) == -1))
		return (-1);
	return (0);
}

/* A reference or an array of them, outermost first. */
static int
compile_for_each(struct compiler *c, const struct config *n, struct rule *r,
    struct err *e)
{
	size_t size = config_is_array(n) ? config_size(n) : 1, i;
	struct config item;

	if (size == 0)
		return (config_wrong(n, e, "a reference or an array of them"));
	r->each = pool_alloc(&c->prog->pool, size * sizeof(*r->each));
	if (r->each == NULL)
		return (err_nomem(e));
	for (i = 0; i < size; i++) {
		item = *n;
		if (config_is_array(n))
			config_item(n, i, &item);
		if (refs_enter(c, &item, &r->each[i], e) == -1)
			return (-1);
		r->neach++;
	}
	return (0);
}

static int
compile_key(struct compiler *c, const struct config *n, struct rule *r,
    struct err *e)
{
	const char *s;
	size_t i;

	if (config_string(n, &s, e) == -1 ||
	    refs_key(c, n, s, &r->key, e) == -1)
		return (-1);
	for (i = 0; i < r->key->n; i++)
		if (r->key->part[i].ref != NULL)
			return (0);
	return (config_wrong(n, e, "a template with a reference, such as "
	    "\"{/NFeID}\": every record would get the same key"));
}

static int
compile_table(struct compiler *c, const struct config *n, const struct config
    *root, struct rule *r, struct err *e)
{
	struct config tables, m;
	const char *s;

	if (config_string(n, &s, e) == -1)
		return (-1);
	if (!bigtable_names_table(bytes_of(s)))
		return (config_wrong(n, e, "a table's name: 1 to 50 of a-z A-Z "
		    "0-9 _ - . and no - or . first"));
	if (config_member(root, "tables", &tables) &&
	    !config_member(&tables, s, &m))
		return (config_wrong(n, e, "one of the names in /tables"));
	if (compile_values_json(c, "{\"table\":", s, ",\"row\":", &r->open,
	    e) == -1)
		return (-1);
	r->table = pool_copy(&c->prog->pool, s, strlen(s));
	return (r->table == NULL ? err_nomem(e) : 0);
}

/* The members of a rule that are inside its for_each. */
static int
compile_rule_body(struct compiler *c, const struct config *n,
    const struct config *root, struct rule *r, struct err *e)
{
	struct config m;

	if (config_member(n, "when", &m) &&
	    (compile_conditions_when(c, &m, &r->when, e) == -1 ||
	    (r->when_place = refs_place(c, &m)) == NULL))
		return (err_nomem(e));
	if (!config_member(n, "key", &m))
		return (config_error(n, e, "no \"key\""));
	if (compile_key(c, &m, r, e) == -1 ||
	    (r->key_place = refs_place(c, &m)) == NULL)
		return (err_nomem(e));
	if ((config_member(n, "timestamp", &m) ||
	    config_member(root, "timestamp", &m)) &&
	    (compile_stamp(c, &m, &r->stamp, e) == -1 ||
	    (r->stamp_place = refs_place(c, &m)) == NULL))
		return (err_nomem(e));
	if (r->stamp.kind == STAMP_RUN)
		c->prog->needs_run_time = true;
	if (config_member(n, "checks", &m) &&
	    compile_checks_list(c, &m, &r->check, &r->ncheck, e) == -1)
		return (-1);
	if (!config_member(n, "cells", &m))
		return (config_error(n, e, "no \"cells\""));
	if (compile_values_families(c, &m, r, e) == -1)
		return (-1);
	proofs_rule(c->prog, r);
	return (compile_tables_families(&m, root, r->table, e));
}

static int
compile_rule(struct compiler *c, const struct config *n, const struct config
    *root, struct rule *r, struct err *e)
{
	static const char *const keys[] = { "table", "for_each", "when", "key",
		"timestamp", "absent", "empty", "checks", "cells",
		"description", NULL };
	static const char *const empty[] = { "reject", "skip", NULL };
	const struct absent *around = c->absent;
	struct config m;
	size_t i;
	int rc = 0, choice = 0;

	if (config_object(n, keys, e) == -1)
		return (-1);
	if (!config_member(n, "table", &m))
		return (config_error(n, e, "no \"table\""));
	if (compile_table(c, &m, root, r, e) == -1)
		return (-1);
	if (config_member(n, "empty", &m) &&
	    config_choice(&m, empty, &choice, e) == -1)
		return (-1);
	r->skip_empty = choice == 1;
	if ((r->place = refs_place(c, n)) == NULL)
		return (err_nomem(e));
	rc = refs_absent(c, n, e);
	if (rc == 0 && config_member(n, "for_each", &m))
		rc = compile_for_each(c, &m, r, e);
	if (rc == 0)
		rc = compile_rule_body(c, n, root, r, e);
	for (i = 0; i < r->neach; i++)
		refs_leave(c);
	c->absent = around;
	return (rc);
}

static int
compile_rules(struct compiler *c, const struct config *root, struct err *e)
{
	struct config list, item;
	struct rule *r;
	size_t i;

	if (!config_member(root, "rules", &list))
		return (config_error(root, e, "no \"rules\""));
	if (!config_is_array(&list) || config_size(&list) == 0)
		return (config_wrong(&list, e, "an array of one rule or more"));
	r = pool_alloc(&c->prog->pool, config_size(&list) * sizeof(*r));
	if (r == NULL)
		return (err_nomem(e));
	c->prog->rule = r;
	c->prog->nrule = config_size(&list);
	for (i = 0; i < c->prog->nrule; i++) {
		config_item(&list, i, &item);
		if (compile_rule(c, &item, root, &r[i], e) == -1)
			return (-1);
	}
	proofs_rows(r, c->prog->nrule);
	return (0);
}

/* The root of pointers: the first present one of some references. */
static int
compile_root(struct compiler *c, const struct config *n, struct err *e)
{
	size_t size = config_is_array(n) ? config_size(n) : 1, i;
	struct config item;
	struct scope *s;
	struct buf all;
	const char *p;
	int rc = 0;

	if (size == 0)
		return (config_wrong(n, e, "a reference or an array of them"));
	buf_init(&all, (size_t)64 << 10);
	for (i = 0; rc == 0 && i < size; i++) {
		item = *n;
		if (config_is_array(n))
			config_item(n, i, &item);
		if (config_string(&item, &p, e) == -1)
			rc = -1;
		else if (*p != '/' && *p != '\0')
			rc = config_wrong(&item, e, "a JSON Pointer from the "
			    "record, such as \"/NFe/infNFe\"");
		else
			buf_printf(&all, "%s%s", i > 0 ? "||" : "", p);
	}
	if (rc == 0)
		rc = all.failed ? err_nomem(e) : refs_enter_text(c, n,
		    (const char *)all.data, all.len, &s, e);
	buf_free(&all);
	if (rc == -1)
		return (-1);
	/* Not a for_each: only "^" leads out of it. */
	s->up = NULL;
	s->level = 0;
	c->prog->root = s;
	return (0);
}

/* "ignore" and "unread". */
static int
compile_unread(struct compiler *c, const struct config *root, struct err *e)
{
	static const char *const policies[] = { "allow", "warn", "reject",
		NULL };
	struct program *p = c->prog;
	struct config m;
	int choice = 0;
	size_t i;

	if (config_member(root, "unread", &m) &&
	    config_choice(&m, policies, &choice, e) == -1)
		return (-1);
	p->unread = (enum unread)choice;
	if (!config_member(root, "ignore", &m))
		return (0);
	if (compile_conditions_texts(c, &m, &p->ignore, &p->nignore, e) == -1)
		return (-1);
	for (i = 0; i < p->nignore; i++)
		if (p->ignore[i].p[*p->ignore[i].p == '^'] != '/')
			return (config_wrong(&m, e, "JSON Pointers such as "
			    "\"/infNFe/det/*/obsItem\", * for the items of an "
			    "array"));
	return (0);
}

/* Settings for the rules, which are read before them. */
static int
compile_common(struct compiler *c, const struct config *root, struct err *e)
{
	static const char *const unmatched[] = { "reject", "skip", NULL };
	struct config m;
	int choice = 0;

	if (config_member(root, "zone", &m) &&
	    compile_values_zone(c, &m, &c->zone, e) == -1)
		return (-1);
	if (config_member(root, "unmatched", &m) &&
	    config_choice(&m, unmatched, &choice, e) == -1)
		return (-1);
	c->prog->skip_unmatched = choice == 1;
	if (config_member(root, "xml", &m) &&
	    config_bool(&m, &c->prog->xml, e) == -1)
		return (-1);
	if (config_member(root, "maps", &m) &&
	    compile_maps_read(c, &m, e) == -1)
		return (-1);
	if (config_member(root, "secrets", &m) &&
	    compile_maps_secrets(c, &m, e) == -1)
		return (-1);
	if (refs_absent(c, root, e) == -1)
		return (-1);
	if (config_member(root, "root", &m) && compile_root(c, &m, e) == -1)
		return (-1);
	return (compile_unread(c, root, e));
}

static int
compile_mapping(struct compiler *c, const struct config *root, struct err *e)
{
	static const char *const keys[] = { "$schema", "nf_mapping",
		"description", "zone", "xml", "root", "absent", "maps",
		"secrets", "timestamp", "tables", "unread", "ignore", "checks",
		"unmatched", "rules", NULL };
	struct config m;
	int64_t version;

	if (config_object(root, keys, e) == -1)
		return (-1);
	if (!config_member(root, "nf_mapping", &m))
		return (config_error(root, e, "no \"nf_mapping\": expected the "
		    "version of the format, 1"));
	if (config_number(&m, 1, 1, &version, e) == -1 ||
	    compile_common(c, root, e) == -1)
		return (-1);
	if (config_member(root, "tables", &m) &&
	    compile_tables_check(&m, e) == -1)
		return (-1);
	if (config_member(root, "checks", &m) &&
	    compile_checks_list(c, &m, &c->prog->check, &c->prog->ncheck, e) ==
	    -1)
		return (-1);
	return (compile_rules(c, root, e));
}

static struct program *
compile_text(const struct buf *text, const char *file, struct err *e)
{
	struct program *p = calloc(1, sizeof(*p));
	struct compiler c = { .prog = p };
	const struct config_file from = { .name = file, .what = "the mapping",
		.code = "bad_mapping", .shows = true };
	struct config root = { .file = &from };
	json_t *j;
	int rc = -1;

	if (p == NULL || (p->record = pool_alloc(&p->pool,
	    sizeof(*p->record))) == NULL) {
		err_nomem(e);
		free(p);
		return (NULL);
	}
	path_init(&p->record->path);
	p->scopes = c.scope = p->record;
	p->nlevel = 1;
	if ((j = config_parse(&from, text->data, text->len, e)) != NULL) {
		root.json = j;
		rc = compile_mapping(&c, &root, e);
		json_decref(j);
	}
	if (rc == -1) {
		program_free(p);
		return (NULL);
	}
	refs_finish(p);
	return (p);
}

struct program *
compile_file(const char *path, struct err *e)
{
	struct program *p = NULL;
	char *file = share_mapping(path, e);
	struct buf text;

	buf_init(&text, MAX_FILE);
	if (file != NULL && io_slurp(file, MAX_FILE, &text, e) == 0) {
		buf_reserve(&text, 1);
		p = compile_text(&text, file, e);
	}
	buf_free(&text);
	free(file);
	return (p);
}
