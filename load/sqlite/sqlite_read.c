/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_read.h"

#include <stdlib.h>
#include <sys/random.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "load/row.h"
#include "sqlite_db.h"

/* Each sample is another one. */
static void
seed(struct lite *l)
{
	int64_t now;

	if (getrandom(l->random, sizeof(l->random), GRND_NONBLOCK) ==
	    sizeof(l->random))
		return;
	now = clock_micros();
	memcpy(l->random, &now, sizeof(l->random));
}

int
sqlite_read_begin(void *self, const struct target_read *r, struct err *e)
{
	struct lite *l = self;
	struct lite_table *t;
	int64_t id;
	int rc;

	rc = sqlite_db_table(l, bytes_of(r->table), &t, e);
	if (rc == 0 && l->any) {
		if (sqlite_db_add_table(l, bytes_of(r->table), true, &id, e) ==
		    -1)
			return (-1);
		rc = sqlite_db_table(l, bytes_of(r->table), &t, e);
	}
	if (rc == -1)
		return (-1);
	if (rc == 0)
		return (err_set_code(e, ERR_CONFIG, "not_found", "%s: "
		    "NOT_FOUND: no such table; nf-load create makes it",
		    r->table));
	l->read = *r;
	l->from = t;
	l->range = 0;
	l->rows = 0;
	l->ahead = false;
	seed(l);
	/* One state of the table, whoever writes meanwhile. */
	if (sqlite_db_exec(l, "BEGIN", e) == -1)
		return (-1);
	l->reading = true;
	return (0);
}

void
sqlite_read_end(void *self)
{
	struct lite *l = self;
	struct err e = { 0 };

	sqlite3_finalize(l->cells);
	l->cells = NULL;
	if (l->reading)
		(void)sqlite_db_exec(l, "COMMIT", &e);
	l->reading = false;
}

/* The next range of keys: 1, 0 if there is none, -1. */
static int
next_range(struct lite *l, struct err *e)
{
	static const struct target_range all;
	const struct target_read *r = &l->read;
	size_t n = r->nranges == 0 ? 1 : r->nranges;
	const struct target_range *g;
	char sql[256];

	if (l->range == n)
		return (0);
	g = r->nranges == 0 ? &all :
	    &r->range[r->reverse ? n - 1 - l->range : l->range];
	l->range++;
	sqlite3_finalize(l->cells);
	l->cells = NULL;
	sqlite3_snprintf((int)sizeof(sql), sql,
	    "SELECT row, family, qualifier, ts, value FROM nf_cell"
	    " WHERE table_id = ?1 AND row %s ?2 %s ORDER BY row %s",
	    g->start_open ? ">" : ">=",
	    g->end.n == 0 && !g->end_closed ? "" :
	    g->end_closed ? "AND row <= ?3" : "AND row < ?3",
	    r->reverse ? "DESC" : "ASC");
	if (sqlite_db_prepare(l, sql, &l->cells, e) == -1)
		return (-1);
	sqlite3_bind_int64(l->cells, 1, l->from->id);
	sqlite_db_bind(l->cells, 2, g->start);
	sqlite_db_bind(l->cells, 3, g->end);
	return (1);
}

static struct bytes
column(struct lite *l, int i)
{
	struct bytes b;

	b.p = sqlite3_column_blob(l->cells, i);
	b.n = (size_t)sqlite3_column_bytes(l->cells, i);
	return (b);
}

/* Stand on the next cell: 1, 0 at the end, -1. */
static int
next_cell(struct lite *l, struct err *e)
{
	int rc;

	if (l->ahead)
		return (1);
	for (;;) {
		if (l->cells != NULL) {
			rc = sqlite3_step(l->cells);
			if (rc == SQLITE_ROW)
				return (1);
			if (rc != SQLITE_DONE)
				return (sqlite_db_error(l, e));
			/* Another step would begin again. */
			sqlite3_finalize(l->cells);
			l->cells = NULL;
		}
		if ((rc = next_range(l, e)) != 1)
			return (rc);
	}
}

static bool
wanted(const struct lite *l, struct bytes family, struct bytes qualifier,
    int64_t ts)
{
	const struct target_read *r = &l->read;
	size_t i;

	if (ts < r->ts_from || (r->ts_until != 0 && ts >= r->ts_until))
		return (false);
	for (i = 0; i < r->ncolumns; i++)
		if (bytes_equal(r->column[i].family, family) &&
		    (r->column[i].whole_family ||
		    bytes_equal(r->column[i].qualifier, qualifier)))
			return (true);
	return (r->ncolumns == 0);
}

static int
take_cell(struct lite *l, struct row *row, struct err *e)
{
	struct bytes family = column(l, 1), qualifier = column(l, 2), value;
	int64_t ts = sqlite3_column_int64(l->cells, 3);

	l->ahead = false;
	if (!wanted(l, family, qualifier, ts))
		return (0);
	value = column(l, 4);
	if (row_add(row, family, qualifier, ts) == -1 ||
	    row_value(row, value.p, l->read.strip ? 0 : value.n) == -1)
		return (err_nomem(e));
	return (0);
}

/* All cells of the next row that are wanted, perhaps none. */
static int
one_row(struct lite *l, struct row *row, struct err *e)
{
	int rc;

	if ((rc = next_cell(l, e)) != 1)
		return (rc);
	if (row_begin(row, column(l, 0)) == -1)
		return (err_nomem(e));
	do {
		if (take_cell(l, row, e) == -1 ||
		    (rc = next_cell(l, e)) == -1)
			return (-1);
	} while (rc == 1 && bytes_equal(column(l, 0), row_key(row)));
	l->ahead = rc == 1;
	return (1);
}

int
sqlite_read_row(void *self, struct row *row, struct err *e)
{
	struct lite *l = self;
	int rc;

	if (l->read.limit != 0 && l->rows == l->read.limit)
		return (0);
	do {
		if ((rc = one_row(l, row, e)) != 1)
			return (rc);
	} while (row->n == 0 || (l->read.sample > 0 &&
	    erand48(l->random) >= l->read.sample));
	row_sort(row);
	if (l->read.versions > 0)
		row_keep_versions(row, l->read.versions);
	l->rows++;
	return (1);
}
