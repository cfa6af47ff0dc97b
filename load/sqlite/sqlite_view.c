/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_view.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/utf8.h"
#include "load/mutation.h"
#include "sqlite_db.h"

/* Maximum number of columns of a table; SQLite allows 2000 in a result. */
#define MAX_COLUMNS 1000
#define SLOTS 2048u /* a power of two */
#define MAX_SQL ((size_t)4 << 20)

/* A column of a table; its bytes follow it. */
struct sqlite_column {
	size_t family_len, qualifier_len;
	uint8_t data[];
};

static bool
is_column(const struct sqlite_column *x, const struct mutation_cell *c)
{

	return (x->family_len == c->family.n &&
	    x->qualifier_len == c->qualifier.n &&
	    memcmp(x->data, c->family.p, c->family.n) == 0 &&
	    memcmp(x->data + c->family.n, c->qualifier.p, c->qualifier.n) ==
	    0);
}

/*
 * The position of a cell's column in t->slot, or where it would be; the hash
 * table is never more than half full.
 */
static size_t
find_column_slot(const struct sqlite_table *t, const struct mutation_cell *c)
{
	const struct key_hash *k = &t->secret;
	uint64_t h = key_hash_more(k, k->start, c->family.p, c->family.n);
	size_t i = (size_t)key_hash_more(k, h, c->qualifier.p,
	    c->qualifier.n) % SLOTS;

	while (t->slot[i] != 0 && !is_column(t->column[t->slot[i] - 1], c))
		i = (i + 1) % SLOTS;
	return (i);
}

static int
make_slots(struct sqlite_table *t, struct err *e)
{

	if (t->slot != NULL)
		return (0);
	if ((t->slot = calloc(SLOTS, sizeof(*t->slot))) == NULL)
		return (err_nomem(e));
	key_hash_init(&t->secret);
	return (0);
}

/* Add a column to the known ones, and (if it is new there) to the database. */
static int
add_column(struct sqlite_db *d, struct sqlite_table *t,
    const struct mutation_cell *c, size_t slot, struct err *e)
{
	struct sqlite_column **all, *x;

	assert(t->ncolumns < MAX_COLUMNS && t->slot[slot] == 0);
	all = reallocarray(t->column, t->ncolumns + 1, sizeof(*all));
	if (all == NULL)
		return (err_nomem(e));
	t->column = all;
	if ((x = malloc(sizeof(*x) + c->family.n + c->qualifier.n)) == NULL)
		return (err_nomem(e));
	x->family_len = c->family.n;
	x->qualifier_len = c->qualifier.n;
	memcpy(x->data, c->family.p, c->family.n);
	if (c->qualifier.n > 0)
		memcpy(x->data + c->family.n, c->qualifier.p, c->qualifier.n);
	t->column[t->ncolumns++] = x;
	t->slot[slot] = (uint16_t)t->ncolumns;
	if (sqlite_db_prepare(d, "INSERT OR IGNORE INTO nf_column(table_id,"
	    " family, qualifier) VALUES(?1, CAST(?2 AS TEXT), ?3)",
	    &d->put_column, e) == -1)
		return (-1);
	sqlite3_bind_int64(d->put_column, 1, t->id);
	sqlite_db_bind(d->put_column, 2, c->family);
	sqlite_db_bind(d->put_column, 3, c->qualifier);
	if (sqlite_db_step(d, d->put_column, e) == -1)
		return (-1);
	if (sqlite3_changes(d->db) > 0)
		t->new_columns = true;
	return (0);
}

/*
 * Rows mostly have the same columns in the same order, so the column after the
 * last one found is checked first.
 */
int
sqlite_view_note(struct sqlite_db *d, struct sqlite_table *t,
    const struct mutation *m, struct err *e)
{
	size_t i, slot, next = 0;

	if (make_slots(t, e) == -1)
		return (-1);
	for (i = 0; i < m->ncells; i++) {
		if (m->cell[i].delete)
			continue;
		if (next < t->ncolumns &&
		    is_column(t->column[next], &m->cell[i])) {
			next++;
			continue;
		}
		slot = find_column_slot(t, &m->cell[i]);
		if (t->slot[slot] == 0 && t->ncolumns < MAX_COLUMNS &&
		    add_column(d, t, &m->cell[i], slot, e) == -1)
			return (-1);
		next = t->slot[slot] == 0 ? t->ncolumns : t->slot[slot];
	}
	return (0);
}

/* Append "name" as an identifier in SQL. */
static void
put_view_name(struct buf *b, struct bytes name)
{
	size_t i;

	buf_putc(b, '"');
	for (i = 0; i < name.n; i++) {
		if (name.p[i] == '"')
			buf_putc(b, '"');
		buf_putc(b, name.p[i]);
	}
	buf_putc(b, '"');
}

/* Append bytes as SQL. */
static void
put_blob(struct buf *b, struct bytes bytes)
{
	size_t i;

	buf_puts(b, "X'");
	for (i = 0; i < bytes.n; i++)
		buf_printf(b, "%02x", bytes.p[i]);
	buf_putc(b, '\'');
}

/*
 * The name of a column: the qualifier, or FAMILY:QUALIFIER if several columns
 * have this qualifier.
 */
static void
put_column_name(struct buf *b, sqlite3_stmt *stmt)
{
	struct bytes family = sqlite_db_column(stmt, 0);
	struct bytes qualifier = sqlite_db_column(stmt, 1);
	struct buf both;

	if (sqlite3_column_int(stmt, 2) == 1) {
		put_view_name(b, qualifier);
		return;
	}
	buf_init(&both, MAX_SQL);
	buf_append(&both, family.p, family.n);
	buf_putc(&both, ':');
	buf_append(&both, qualifier.p, qualifier.n);
	put_view_name(b, (struct bytes){ both.data, both.len });
	buf_free(&both);
}

/* ", (the newest value) AS name" for each column that has a name. */
static int
put_columns(struct sqlite_db *d, int64_t id, struct buf *b, struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	struct bytes q;
	int rc;

	if (sqlite_db_prepare(d, "SELECT family, qualifier,"
	    " count(*) OVER (PARTITION BY lower(CAST(qualifier AS TEXT))) +"
	    " (lower(CAST(qualifier AS TEXT)) = 'row') FROM nf_column"
	    " WHERE table_id = ?1 ORDER BY family, qualifier", &stmt, e) == -1)
		return (-1);
	sqlite3_bind_int64(stmt, 1, id);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		q = sqlite_db_column(stmt, 1);
		if (q.n == 0 || !utf8_valid(q.p, q.n) ||
		    memchr(q.p, '\0', q.n) != NULL)
			continue;
		buf_printf(b, ", (SELECT CAST(value AS TEXT) FROM nf_cell"
		    " WHERE table_id = %" PRId64 " AND row = r.row AND family"
		    " = CAST(", id);
		put_blob(b, sqlite_db_column(stmt, 0));
		buf_puts(b, " AS TEXT) AND qualifier = ");
		put_blob(b, q);
		buf_puts(b, " ORDER BY ts DESC LIMIT 1) AS ");
		put_column_name(b, stmt);
	}
	if (rc != SQLITE_DONE)
		sqlite_db_error(d, e);
	sqlite3_finalize(stmt);
	return (rc == SQLITE_DONE ? 0 : -1);
}

/* Does anything other than one of our views have this name? 1, 0, -1. */
static int
is_taken(struct sqlite_db *d, const char *name, struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (strncasecmp(name, "sqlite_", 7) == 0 ||
	    strcasecmp(name, "cells") == 0)
		return (1);
	if (sqlite_db_prepare(d, "SELECT 1 FROM sqlite_master WHERE"
	    " lower(name) = lower(?1) AND NOT (type = 'view' AND name = ?1)",
	    &stmt, e) == -1)
		return (-1);
	sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		sqlite_db_error(d, e);
	sqlite3_finalize(stmt);
	return (rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1);
}

int
sqlite_view_make(struct sqlite_db *d, int64_t id, const char *name,
    struct err *e)
{
	struct buf b;
	int rc;

	if ((rc = is_taken(d, name, e)) != 0)
		return (rc == 1 ? 0 : -1);
	buf_init(&b, MAX_SQL);
	buf_puts(&b, "DROP VIEW IF EXISTS ");
	put_view_name(&b, bytes_of(name));
	buf_puts(&b, "; CREATE VIEW ");
	put_view_name(&b, bytes_of(name));
	buf_puts(&b, " AS SELECT CAST(row AS TEXT) AS row");
	rc = put_columns(d, id, &b, e);
	buf_printf(&b, " FROM (SELECT DISTINCT row FROM nf_cell WHERE table_id"
	    " = %" PRId64 ") r", id);
	/* A view that would be too large is not an error. */
	if (rc == 0 && buf_cstr(&b) != NULL)
		rc = sqlite_db_exec(d, (const char *)b.data, e);
	buf_free(&b);
	return (rc);
}

int
sqlite_view_update(struct sqlite_db *d, struct err *e)
{
	struct sqlite_table *t;
	struct named *n;

	for (n = d->tables.first; n != NULL; n = n->next) {
		t = (struct sqlite_table *)n;
		if (t->new_columns && sqlite_view_make(d, t->id,
		    t->schema.name, e) == -1)
			return (-1);
		t->new_columns = false;
	}
	return (0);
}
