/* SPDX-License-Identifier: Apache-2.0 */
#include "compile_maps.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/secret.h"

#define MAX_FILE ((size_t)4 << 20)

static int
compare_entries(const void *a, const void *b)
{
	const struct map_entry *x = a, *y = b;
	size_t n = x->from.n < y->from.n ? x->from.n : y->from.n;
	int c = memcmp(x->from.p, y->from.p, n);

	if (c != 0)
		return (c);
	return (x->from.n < y->from.n ? -1 : x->from.n > y->from.n);
}

/* The codes of object ${n} and their replacements. */
static int
read_entries(struct compiler *c, const struct config *n, struct map *map,
    struct err *e)
{
	struct pool *pool = &c->prog->pool;
	struct map_entry *entry;
	struct config m;
	void *iter = NULL;
	const char *s;

	if (config_object(n, NULL, e) == -1)
		return (-1);
	if (config_size(n) == 0)
		return (config_error(n, e, "a map without codes"));
	entry = pool_alloc(pool, config_size(n) * sizeof(*entry));
	if (entry == NULL)
		return (err_nomem(e));
	map->entry = entry;
	for (; config_each(n, &iter, &m); map->n++, entry++) {
		if (config_string(&m, &s, e) == -1)
			return (-1);
		entry->from.n = strlen(m.key);
		entry->from.p = pool_copy(pool, m.key, entry->from.n);
		entry->to.n = strlen(s);
		entry->to.p = pool_copy(pool, s, entry->to.n);
		if (entry->from.p == NULL || entry->to.p == NULL)
			return (err_nomem(e));
	}
	/* The pool owns the array; it is const for its users. */
	qsort(entry - map->n, map->n, sizeof(*entry), compare_entries);
	return (0);
}

/* The map in the file ${name}, next to the mapping. */
static int
read_map_file(struct compiler *c, const struct config *n, const char *name,
    struct map *map, struct err *e)
{
	struct config_file file = { .what = "the map", .code = "bad_mapping",
		.shows = true };
	struct config root = { .file = &file };
	const char *slash = strrchr(n->file->name, '/');
	struct buf path, text;
	struct err why = { 0 };
	json_t *j = NULL;
	int rc = -1;

	buf_init(&path, 4096);
	buf_init(&text, MAX_FILE);
	if (*name != '/' && slash != NULL)
		buf_append(&path, n->file->name,
		    (size_t)(slash + 1 - n->file->name));
	buf_puts(&path, name);
	if ((file.name = buf_cstr(&path)) == NULL)
		err_nomem(e);
	else if (io_slurp(file.name, MAX_FILE, &text, &why) == -1)
		config_error(n, e, "%.200s", why.msg);
	else
		j = config_parse(&file, text.data, text.len, e);
	if (j != NULL) {
		root.json = j;
		rc = read_entries(c, &root, map, e);
		json_decref(j);
	}
	buf_free(&text);
	buf_free(&path);
	return (rc);
}

/* {"file": PATH}, and nothing else in it. */
static bool
is_map_file(const struct config *n, struct config *m)
{

	return (config_size(n) == 1 && config_member(n, "file", m) &&
	    config_is_string(m));
}

int
compile_maps_read(struct compiler *c, const struct config *n, struct err *e)
{
	struct config m, file;
	struct map *map;
	void *iter = NULL;
	const char *name;

	if (config_object(n, NULL, e) == -1)
		return (-1);
	while (config_each(n, &iter, &m)) {
		if ((map = pool_alloc(&c->prog->pool, sizeof(*map))) == NULL ||
		    (map->name = pool_copy(&c->prog->pool, m.key,
		    strlen(m.key))) == NULL)
			return (err_nomem(e));
		map->next = c->prog->maps;
		c->prog->maps = map;
		if (!is_map_file(&m, &file)) {
			if (read_entries(c, &m, map, e) == -1)
				return (-1);
		} else if (config_string(&file, &name, e) == -1 ||
		    read_map_file(c, &file, name, map, e) == -1)
			return (-1);
	}
	return (0);
}

int
compile_maps_secrets(struct compiler *c, const struct config *n,
    struct err *e)
{
	struct pool *pool = &c->prog->pool;
	struct secret *k;
	struct config m;
	void *iter = NULL;
	const char *s, *wrong;

	if (config_object(n, NULL, e) == -1)
		return (-1);
	while (config_each(n, &iter, &m)) {
		if (config_string(&m, &s, e) == -1)
			return (-1);
		if ((wrong = secret_check(s)) != NULL)
			return (config_error(&m, e, "%s", wrong));
		if ((k = pool_alloc(pool, sizeof(*k))) == NULL ||
		    (k->name = pool_copy(pool, m.key, strlen(m.key))) == NULL ||
		    (k->from = pool_copy(pool, s, strlen(s))) == NULL)
			return (err_nomem(e));
		k->next = c->prog->secrets;
		c->prog->secrets = k;
	}
	return (0);
}
