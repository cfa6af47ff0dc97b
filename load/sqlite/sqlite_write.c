/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_write.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/report/metrics.h"
#include "lib/report/msg.h"
#include "load/code.h"
#include "load/mutation.h"
#include "sqlite_db.h"
#include "sqlite_file.h"
#include "sqlite_sort.h"
#include "sqlite_view.h"

/*
 * A batch is sorted if more than one in this many keys of the last batch was
 * lower than the key before.
 */
#define FALL_SHARE 8

/* A line in the open transaction. */
struct sqlite_line {
	uint64_t index, line;
	size_t at, row_len, raw_len; /* in the text: row key, raw line */
	int code;                    /* refused immediately, or CODE_OK */
	const char *message;
	enum code_scope scope;
};

int
sqlite_write_begin(struct target *t, const struct target_writer *w,
    struct err *e)
{
	struct sqlite_db *d = sqlite_db_of(t);

	d->writer = *w;
	if (sqlite_db_prepare(d, "INSERT OR REPLACE INTO nf_cell"
	    "(table_id, row, family, qualifier, ts, value)"
	    " VALUES(?1, ?2, CAST(?3 AS TEXT), ?4, ?5, ?6)",
	    &d->put, e) == -1 ||
	    sqlite_db_prepare(d, "DELETE FROM nf_cell WHERE table_id = ?1 AND"
	    " row = ?2 AND family = CAST(?3 AS TEXT) AND qualifier = ?4",
	    &d->drop_column, e) == -1 ||
	    sqlite_db_prepare(d, "DELETE FROM nf_cell WHERE table_id = ?1 AND"
	    " row = ?2", &d->drop_row, e) == -1)
		return (-1);
	return (0);
}

/* Why Bigtable would refuse the line; NULL if it would not. */
static const char *
find_refusal(struct sqlite_db *d, const struct sqlite_table *t,
    const struct mutation *m,
    int *code)
{
	const struct mutation_cell *c;
	size_t i;

	for (i = 0; i < m->ncells; i++) {
		c = &m->cell[i];
		/* Most cells belong to the family of the previous cell. */
		if ((i == 0 || c->family.p != c[-1].family.p) &&
		    schema_find_family(&t->schema, c->family) == NULL) {
			*code = CODE_NOT_FOUND;
			snprintf(d->why, sizeof(d->why), "unknown family "
			    "\"%.*s\"; nf-load create adds it",
			    (int)(c->family.n < 64 ? c->family.n : 64),
			    c->family.p);
			return (d->why);
		}
		if (!c->delete && c->ts % 1000 != 0 &&
		    t->schema.granularity != SCHEMA_MICROS) {
			*code = CODE_INVALID_ARGUMENT;
			return ("timestamp finer than the table's "
			    "granularity of milliseconds");
		}
	}
	return (NULL);
}

static int
write_cell(struct sqlite_db *d, const struct sqlite_table *t,
    const struct mutation *m,
    const struct mutation_cell *c, struct err *e)
{
	sqlite3_stmt *stmt = c->delete ? d->drop_column : d->put;

	sqlite3_bind_int64(stmt, 1, t->id);
	sqlite_db_bind(stmt, 2, m->row);
	sqlite_db_bind(stmt, 3, c->family);
	sqlite_db_bind(stmt, 4, c->qualifier);
	if (!c->delete) {
		sqlite3_bind_int64(stmt, 5, c->ts);
		sqlite_db_bind(stmt, 6, c->value);
	}
	if (sqlite_db_step(d, stmt, e) == -1)
		return (-1);
	/* The table may have a trigger created by a user. */
	if (!c->delete && sqlite3_changes(d->db) != 1)
		return (err_set(e, ERR_CONFIG, "%s: the database did not "
		    "accept the row", d->file));
	return (0);
}

static int
write_mutation(void *arg, const struct sqlite_table *t,
    const struct mutation *m, struct err *e)
{
	struct sqlite_db *d = arg;
	size_t i;

	if (m->delete) {
		sqlite3_bind_int64(d->drop_row, 1, t->id);
		sqlite_db_bind(d->drop_row, 2, m->row);
		return (sqlite_db_step(d, d->drop_row, e));
	}
	for (i = 0; i < m->ncells; i++)
		if (write_cell(d, t, m, &m->cell[i], e) == -1)
			return (-1);
	return (0);
}

static struct sqlite_line *
add_pending(struct sqlite_db *d, const struct mutation *m, struct err *e)
{
	struct sqlite_line *x;
	size_t cap;

	if (d->n == d->cap) {
		cap = d->cap == 0 ? 1024 : d->cap * 2;
		if ((x = realloc(d->line, cap * sizeof(*x))) == NULL)
			goto err0;
		d->line = x;
		d->cap = cap;
	}
	x = &d->line[d->n];
	memset(x, 0, sizeof(*x));
	x->index = m->index;
	x->line = m->line;
	x->at = d->text.len;
	x->row_len = m->row.n;
	buf_append(&d->text, m->row.p, m->row.n);
	if (d->writer.keep_raw) {
		x->raw_len = m->raw.n;
		buf_append(&d->text, m->raw.p, m->raw.n);
	}
	if (d->text.failed)
		goto err0;
	d->n++;
	return (x);

err0:
	err_nomem(e);
	return (NULL);
}

/*
 * The next batch is sorted if this one was unordered: otherwise each row would
 * touch another page, and more rows per commit share pages.
 */
static int
choose_order(struct sqlite_db *d, struct err *e)
{

	d->sorting = d->falls > d->n / FALL_SHARE;
	d->falls = 0;
	d->batch++;
	if (d->sorting && d->sort == NULL &&
	    (d->sort = sqlite_sort_new(e)) == NULL)
		return (-1);
	return (0);
}

/* Commit, and only then report the outcome of the lines. */
static int
commit_lines(struct sqlite_db *d, struct err *e)
{
	struct target_outcome o;
	const struct sqlite_line *x;

	assert(d->reported <= d->n && (d->writing || d->n == d->reported));
	if (d->writing && ((d->sorting &&
	    sqlite_sort_write(d->sort, write_mutation, d, e) == -1) ||
	    sqlite_view_update(d, e) == -1 ||
	    sqlite_db_exec(d, "COMMIT", e) == -1 ||
	    sqlite_file_check(d, e) == -1))
		return (-1);
	if (d->writing && d->n > d->reported)
		metrics_batch(d->conf.counts.metrics, d->n - d->reported);
	if (d->writing)
		msg_trace(MSG_INFO, "batch", "%s: %zu rows committed", d->file,
		    d->n - d->reported);
	d->writing = false;
	/* Report each line once, even if reporting one of them fails. */
	while (d->reported < d->n) {
		x = &d->line[d->reported++];
		memset(&o, 0, sizeof(o));
		o.index = x->index;
		o.line = x->line;
		o.row.p = d->text.data + x->at;
		o.row.n = x->row_len;
		o.raw.p = o.row.p + o.row.n;
		o.raw.n = x->raw_len;
		o.code = x->code;
		o.message = x->message == NULL ? "" : x->message;
		o.attempts = 1;
		o.scope = x->scope;
		if (d->writer.outcome(d->writer.arg, &o, e) == -1)
			return (-1);
	}
	if (choose_order(d, e) == -1)
		return (-1);
	d->n = d->reported = 0;
	buf_reset(&d->text);
	return (0);
}

/* Count how often the key of a table's line is below the previous one. */
static void
note_order(struct sqlite_db *d, struct sqlite_table *t, struct bytes row)
{
	const struct sqlite_line *x = &d->line[t->last];

	if (t->batch == d->batch + 1 && bytes_compare(row, (struct bytes){
	    d->text.data + x->at, x->row_len }) < 0)
		d->falls++;
	t->batch = d->batch + 1;
	t->last = d->n - 1;
}

static int
apply_line(struct sqlite_db *d, const struct mutation *m, struct sqlite_line *x,
    struct err *e)
{
	struct sqlite_table *t;
	int rc;

	if ((rc = sqlite_db_need_table(d, m->table, &t, e)) == -1)
		return (-1);
	if (rc == 0) {
		x->code = CODE_NOT_FOUND;
		snprintf(d->why, sizeof(d->why), "no such table: %.*s; "
		    "nf-load create makes it",
		    (int)(m->table.n < 64 ? m->table.n : 64), m->table.p);
		x->message = d->why;
		x->scope = CODE_OF_REQUEST;
		return (0);
	}
	if (!d->scratch && (x->message = find_refusal(d, t, m,
	    &x->code)) != NULL)
		return (0);
	if (!d->scratch && sqlite_view_note(d, t, m, e) == -1)
		return (-1);
	note_order(d, t, m->row);
	if (d->sorting)
		return (sqlite_sort_add(d->sort, t, t->id, m, e));
	return (write_mutation(d, t, m, e));
}

static bool
is_batch_full(const struct sqlite_db *d)
{

	if (d->sorting)
		return (d->n >= d->conf.sort_rows ||
		    sqlite_sort_size(d->sort) >= d->conf.sort_bytes);
	return (d->n >= d->conf.batch_rows || d->bytes >=
	    d->conf.batch_bytes);
}

int
sqlite_write_row(struct target *t, const struct mutation *m, struct err *e)
{
	struct sqlite_db *d = sqlite_db_of(t);
	struct sqlite_line *x;

	if (!d->writing) {
		if (sqlite_db_begin(d, SQLITE_DB_TO_WRITE, e) == -1)
			return (-1);
		d->writing = true;
		d->since = clock_mono_ms();
		d->bytes = 0;
	}
	if ((x = add_pending(d, m, e)) == NULL || apply_line(d, m, x, e) == -1)
		return (-1);
	d->bytes += m->raw.n;
	/* A refused row may end the load, so report it immediately. */
	if (x->code != CODE_OK || is_batch_full(d))
		return (commit_lines(d, e));
	return (0);
}

int
sqlite_write_work(struct target *t, int64_t until, struct err *e)
{
	struct sqlite_db *d = sqlite_db_of(t);
	int64_t due = d->since + (int64_t)d->conf.batch_age,
	    now = clock_mono_ms();

	if (!d->writing)
		return (0);
	if (due > now && until > now)
		clock_sleep_ms((due < until ? due : until) - now);
	if (due <= clock_mono_ms())
		return (commit_lines(d, e));
	return (1);
}

/* Lines written but not yet committed are valid: keep them. */
int
sqlite_write_finish(struct target *t, enum target_end how, struct err *e)
{

	(void)how;
	return (commit_lines(sqlite_db_of(t), e));
}
