/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_read.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "load/row.h"
#include "sqlite_db.h"
#include "sqlite_file.h"

/* Each sample is different. */
static void
seed_random(struct sqlite_db *d)
{
	int64_t now;

	if (getrandom(d->random, sizeof(d->random), GRND_NONBLOCK) ==
	    sizeof(d->random))
		return;
	now = clock_micros();
	memcpy(d->random, &now, sizeof(d->random));
}

int
sqlite_read_begin(struct target *target, const struct target_read *r,
    struct err *e)
{
	struct sqlite_db *d = sqlite_db_of(target);
	struct sqlite_table *t;
	int rc;

	/* Read a consistent state of the table, despite concurrent writers. */
	if (sqlite_db_begin(d, SQLITE_DB_TO_READ, e) == -1)
		return (-1);
	d->reading = true;
	rc = sqlite_db_need_table(d, bytes_of(r->table), &t, e);
	if (rc != 1)
		sqlite_read_end(target);
	if (rc == -1)
		return (-1);
	if (rc == 0)
		return (err_set_code(e, ERR_CONFIG, "not_found", "%s: "
		    "NOT_FOUND: no such table; nf-load create makes it",
		    r->table));
	d->read = *r;
	d->from = t;
	d->range = 0;
	d->rows = 0;
	d->ahead = false;
	seed_random(d);
	return (0);
}

void
sqlite_read_end(struct target *t)
{
	struct sqlite_db *d = sqlite_db_of(t);
	struct err ignored = { .class = ERR_NONE };

	sqlite3_finalize(d->cells);
	d->cells = NULL;
	if (d->reading)
		sqlite_db_exec(d, "COMMIT", &ignored);
	d->reading = false;
}

/* Go to the next range of keys: 1, 0 after the last, -1. */
static int
begin_range(struct sqlite_db *d, struct err *e)
{
	static const struct target_range all;
	const struct target_read *r = &d->read;
	size_t n = r->nranges == 0 ? 1 : r->nranges;
	const struct target_range *g;
	char sql[256];

	if (d->range == n)
		return (0);
	g = r->nranges == 0 ? &all :
	    &r->range[r->reverse ? n - 1 - d->range : d->range];
	d->range++;
	sqlite3_finalize(d->cells);
	d->cells = NULL;
	sqlite3_snprintf((int)sizeof(sql), sql,
	    "SELECT row, family, qualifier, ts, value FROM nf_cell"
	    " WHERE table_id = ?1 AND row %s ?2 %s ORDER BY row %s",
	    g->start_open ? ">" : ">=",
	    g->end.n == 0 && !g->end_closed ? "" :
	    g->end_closed ? "AND row <= ?3" : "AND row < ?3",
	    r->reverse ? "DESC" : "ASC");
	if (sqlite_db_prepare(d, sql, &d->cells, e) == -1)
		return (-1);
	sqlite3_bind_int64(d->cells, 1, d->from->id);
	sqlite_db_bind(d->cells, 2, g->start);
	sqlite_db_bind(d->cells, 3, g->end);
	return (1);
}

/* Go to the next cell: 1, 0 at the end, -1. */
static int
find_cell(struct sqlite_db *d, struct err *e)
{
	int rc;

	if (d->ahead)
		return (1);
	for (;;) {
		if (d->cells != NULL) {
			rc = sqlite3_step(d->cells);
			if (rc == SQLITE_ROW)
				return (1);
			if (rc != SQLITE_DONE)
				return (sqlite_db_error(d, e));
			/* Another step would restart the statement. */
			sqlite3_finalize(d->cells);
			d->cells = NULL;
		}
		if ((rc = begin_range(d, e)) != 1)
			return (rc);
	}
}

static bool
is_wanted(const struct sqlite_db *d, struct bytes family,
    struct bytes qualifier,
    int64_t ts)
{
	const struct target_read *r = &d->read;
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
take_cell(struct sqlite_db *d, struct row *row, struct err *e)
{
	struct bytes family = sqlite_db_column(d->cells, 1),
	    qualifier = sqlite_db_column(d->cells, 2),
	    value;
	int64_t ts = sqlite3_column_int64(d->cells, 3);

	d->ahead = false;
	if (!is_wanted(d, family, qualifier, ts))
		return (0);
	value = sqlite_db_column(d->cells, 4);
	if (row_add(row, family, qualifier, ts) == -1 ||
	    row_value(row, value.p, d->read.strip ? 0 : value.n) == -1)
		return (err_nomem(e));
	return (0);
}

/* Read all requested cells of the next row, perhaps none. */
static int
collect_row(struct sqlite_db *d, struct row *row, struct err *e)
{
	int rc;

	if ((rc = find_cell(d, e)) != 1)
		return (rc);
	if (row_begin(row, sqlite_db_column(d->cells, 0)) == -1)
		return (err_nomem(e));
	do {
		if (take_cell(d, row, e) == -1 ||
		    (rc = find_cell(d, e)) == -1)
			return (-1);
	} while (rc == 1 && bytes_equal(sqlite_db_column(d->cells, 0),
	    row_key(row)));
	d->ahead = rc == 1;
	return (1);
}

int
sqlite_read_row(struct target *t, struct row *row, struct err *e)
{
	struct sqlite_db *d = sqlite_db_of(t);
	int rc;

	if (d->read.limit != 0 && d->rows == d->read.limit)
		return (0);
	do {
		if ((rc = collect_row(d, row, e)) == 0)
			return (sqlite_file_check_read(d, e));
		if (rc == -1)
			return (-1);
	} while (row->n == 0 || (d->read.sample > 0 &&
	    erand48(d->random) >= d->read.sample));
	row_sort(row);
	if (d->read.versions > 0)
		row_keep_versions(row, d->read.versions);
	d->rows++;
	return (1);
}
