/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_write.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/report/metrics.h"
#include "load/bigtable/rpc.h"
#include "load/mutation.h"
#include "sqlite_db.h"

/* A line in the open transaction. */
struct lite_line {
	uint64_t index, line;
	size_t at, row_len, raw_len; /* in the text: row key, raw line */
	int code;                    /* refused at once, or RPC_OK */
	const char *message;
	bool whole;
};

int
sqlite_write_begin(void *self, const struct target_writer *w, struct err *e)
{
	struct lite *l = self;

	l->writer = *w;
	if (sqlite_db_prepare(l, "INSERT OR REPLACE INTO nf_cell"
	    "(table_id, row, family, qualifier, ts, value)"
	    " VALUES(?1, ?2, CAST(?3 AS TEXT), ?4, ?5, ?6)",
	    &l->put, e) == -1 ||
	    sqlite_db_prepare(l, "DELETE FROM nf_cell WHERE table_id = ?1 AND"
	    " row = ?2 AND family = CAST(?3 AS TEXT) AND qualifier = ?4",
	    &l->drop_column, e) == -1 ||
	    sqlite_db_prepare(l, "DELETE FROM nf_cell WHERE table_id = ?1 AND"
	    " row = ?2", &l->drop_row, e) == -1)
		return (-1);
	return (0);
}

/* What Bigtable would refuse; NULL if nothing. */
static const char *
refusal(struct lite *l, const struct lite_table *t, const struct mutation *m,
    int *code)
{
	const struct mutation_cell *c;
	size_t i;

	for (i = 0; i < m->ncells; i++) {
		c = &m->cell[i];
		/* Most cells are of the family of the one before. */
		if ((i == 0 || c->family.p != c[-1].family.p) &&
		    schema_find_family(&t->schema, c->family) == NULL) {
			*code = RPC_NOT_FOUND;
			snprintf(l->why, sizeof(l->why), "unknown family "
			    "\"%.*s\"; nf-load create adds it",
			    (int)(c->family.n < 64 ? c->family.n : 64),
			    c->family.p);
			return (l->why);
		}
		if (!c->delete && c->ts % 1000 != 0 && !t->schema.micros) {
			*code = RPC_INVALID_ARGUMENT;
			return ("timestamp finer than the table's "
			    "granularity of milliseconds");
		}
	}
	return (NULL);
}

static int
run(struct lite *l, sqlite3_stmt *stmt, struct err *e)
{
	int rc = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	return (rc == SQLITE_DONE ? 0 : sqlite_db_error(l, e));
}

static int
change(struct lite *l, const struct lite_table *t, const struct mutation *m,
    const struct mutation_cell *c, struct err *e)
{
	sqlite3_stmt *stmt = c->delete ? l->drop_column : l->put;

	sqlite3_bind_int64(stmt, 1, t->id);
	sqlite_db_bind(stmt, 2, m->row);
	sqlite_db_bind(stmt, 3, c->family);
	sqlite_db_bind(stmt, 4, c->qualifier);
	if (!c->delete) {
		sqlite3_bind_int64(stmt, 5, c->ts);
		sqlite_db_bind(stmt, 6, c->value);
	}
	return (run(l, stmt, e));
}

static int
write_row(struct lite *l, const struct lite_table *t,
    const struct mutation *m, struct err *e)
{
	size_t i;

	if (m->delete) {
		sqlite3_bind_int64(l->drop_row, 1, t->id);
		sqlite_db_bind(l->drop_row, 2, m->row);
		return (run(l, l->drop_row, e));
	}
	for (i = 0; i < m->ncells; i++)
		if (change(l, t, m, &m->cell[i], e) == -1)
			return (-1);
	return (0);
}

static struct lite_line *
add_line(struct lite *l, const struct mutation *m, struct err *e)
{
	struct lite_line *x;
	size_t cap;

	if (l->n == l->cap) {
		cap = l->cap == 0 ? 1024 : l->cap * 2;
		if ((x = realloc(l->line, cap * sizeof(*x))) == NULL)
			goto err0;
		l->line = x;
		l->cap = cap;
	}
	x = &l->line[l->n];
	memset(x, 0, sizeof(*x));
	x->index = m->index;
	x->line = m->line;
	x->at = l->text.len;
	x->row_len = m->row.n;
	buf_append(&l->text, m->row.p, m->row.n);
	if (l->writer.keep_raw) {
		x->raw_len = m->raw.n;
		buf_append(&l->text, m->raw.p, m->raw.n);
	}
	if (l->text.failed)
		goto err0;
	l->n++;
	return (x);

err0:
	err_nomem(e);
	return (NULL);
}

/* Commit, and only then tell what became of the lines. */
static int
commit(struct lite *l, struct err *e)
{
	struct target_outcome o;
	const struct lite_line *x;

	if (l->writing && sqlite_db_exec(l, "COMMIT", e) == -1)
		return (-1);
	if (l->writing && l->n > l->told)
		metrics_batch(l->writer.metrics, l->n - l->told);
	l->writing = false;
	/* Each is told once, also if telling one of them fails. */
	while (l->told < l->n) {
		x = &l->line[l->told++];
		memset(&o, 0, sizeof(o));
		o.index = x->index;
		o.line = x->line;
		o.row.p = l->text.data + x->at;
		o.row.n = x->row_len;
		o.raw.p = o.row.p + o.row.n;
		o.raw.n = x->raw_len;
		o.code = x->code;
		o.message = x->message == NULL ? "" : x->message;
		o.attempts = 1;
		o.whole = x->whole;
		if (l->writer.outcome(l->writer.arg, &o, e) == -1)
			return (-1);
	}
	l->n = l->told = 0;
	buf_reset(&l->text);
	return (0);
}

static int
put(struct lite *l, const struct mutation *m, struct lite_line *x,
    struct err *e)
{
	struct lite_table *t;
	int64_t id;
	int rc;

	rc = sqlite_db_table(l, m->table, &t, e);
	if (rc == 0 && l->any) {
		if (sqlite_db_add_table(l, m->table, true, &id, e) == -1)
			return (-1);
		rc = sqlite_db_table(l, m->table, &t, e);
	}
	if (rc == -1)
		return (-1);
	if (rc == 0) {
		x->code = RPC_NOT_FOUND;
		snprintf(l->why, sizeof(l->why), "no such table: %.*s; "
		    "nf-load create makes it",
		    (int)(m->table.n < 64 ? m->table.n : 64), m->table.p);
		x->message = l->why;
		x->whole = true;
		return (0);
	}
	if (!l->any && (x->message = refusal(l, t, m, &x->code)) != NULL)
		return (0);
	return (write_row(l, t, m, e));
}

int
sqlite_write_row(void *self, const struct mutation *m, struct err *e)
{
	struct lite *l = self;
	struct lite_line *x;

	if (!l->writing) {
		if (sqlite_db_exec(l, "BEGIN IMMEDIATE", e) == -1)
			return (-1);
		l->writing = true;
		l->since = clock_mono_ms();
		l->bytes = 0;
	}
	if ((x = add_line(l, m, e)) == NULL || put(l, m, x, e) == -1)
		return (-1);
	l->bytes += m->raw.n;
	/* A refused row may be the end: it is told at once. */
	if (x->code != RPC_OK || l->n >= l->batch_rows ||
	    l->bytes >= l->batch_bytes)
		return (commit(l, e));
	return (0);
}

int
sqlite_write_work(void *self, int64_t until, struct err *e)
{
	struct lite *l = self;
	int64_t due = l->since + (int64_t)l->batch_age, now = clock_mono_ms();

	if (!l->writing)
		return (0);
	if (due > now)
		clock_sleep_ms((due < until ? due : until) - now);
	if (due <= clock_mono_ms())
		return (commit(l, e));
	return (1);
}

/* What was written and not committed yet is right: it may stay. */
int
sqlite_write_finish(void *self, bool stop, struct err *e)
{

	(void)stop;
	return (commit(self, e));
}
