/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "code.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/sig.h"
#include "lib/cli/app.h"
#include "lib/cli/progress.h"
#include "lib/json/jsonw.h"
#include "lib/stream/stream.h"
#include "mutation.h"
#include "options.h"
#include "output.h"
#include "ranges.h"
#include "row.h"
#include "row_diff.h"
#include "target.h"
#include "target_open.h"

#define AT_ONCE 500               /* rows per request */
#define AT_ONCE_BYTES (4U << 20)  /* of them held in memory */
#define KEEP ((size_t)64 << 10)   /* of each kept for the next ones */

struct diff {
	const struct options *o;
	struct app *app;
	struct target *want;   /* the rows of the stream */
	struct target *have;
	struct target *pruner; /* a second connection, to delete; or NULL */
	struct row row[AT_ONCE];
	size_t n;
	struct row other;
	struct buf out;
	struct mutation m;
	struct output_tables tables;
	struct ranges except; /* rows of the stream that are skipped */
	uint64_t excepted;
	uint64_t differences;
	uint64_t newer; /* cells of the target that are */
};

static int
write_differences(struct diff *d, struct err *e)
{

	return (output_written(&d->out, d->app, e) == -1 ? -1 : sig_check(e));
}

/* The outcome of writing a line to the fold or a delete to the target. */
static int
check_outcome(void *arg, const struct target_outcome *o, struct err *e)
{

	(void)arg;
	if (o->code == CODE_OK)
		return (0);
	return (err_set(e, o->temporary ? ERR_TEMP :
	    code_class(o->code, o->scope), "line %" PRIu64 ": %s: %s",
	    o->line, code_name(o->code), o->message));
}

static int
fold_line(struct diff *d, const struct stream_item *it, struct err *e)
{
	const struct mutation_defaults def = { bytes_of(d->have->table),
		d->o->ts };

	d->m.index = d->app->stats.records_in++;
	d->m.line = it->number;
	if (mutation_parse(&d->m, it->line, it->len, &def, e) == -1)
		return (err_prefix(e, "line %" PRIu64 "%s%s", it->number,
		    d->m.pointer[0] == '\0' ? "" : ": ", d->m.pointer));
	if (!d->m.delete && ranges_have(&d->except, d->m.row)) {
		d->excepted++;
		return (0);
	}
	return (d->want->ops->write(d->want, &d->m, e));
}

/* Rows that are not in the stream are deleted, so it must be complete. */
static int
check_prunable(const struct diff *d, const struct stream *in,
    const struct stream_item *first, struct err *e)
{

	return (d->pruner == NULL || d->o->unsealed ? 0 :
	    stream_whole(in, first, e));
}

static int
fold_stream(struct diff *d, struct err *e)
{
	const struct target_writer w = { .outcome = check_outcome };
	struct stream_item it;
	struct stream *in;
	int rc;

	if (d->want->ops->write_begin(d->want, &w, e) == -1 ||
	    (in = stream_open(STDIN_FILENO, d->o->max_line, e)) == NULL)
		return (-1);
	if ((rc = stream_read(in, &it, e)) == 0)
		rc = check_prunable(d, in, &it, e);
	while (rc == 0 && it.kind != STREAM_EOF) {
		if (it.kind == STREAM_RECORD)
			rc = fold_line(d, &it, e);
		if (rc == 0)
			rc = stream_read(in, &it, e);
	}
	d->app->stats.bytes_in = stream_bytes(in);
	stream_free(in);
	if (rc == 0)
		rc = d->want->ops->finish(d->want, TARGET_FINISH, e);
	return (rc);
}

static void
report_row(struct diff *d, const char *table, struct bytes key,
    const char *how)
{

	row_diff_row(table, key, how, &d->out);
	d->differences++;
}

static enum row_diff_how
choose_comparison(const struct options *o)
{

	return (o->versions != 1 ? ROW_DIFF_EACH : o->newer ? ROW_DIFF_NEWER :
	    ROW_DIFF_NEWEST);
}

/*
 * Compare the current rows with the target's rows of the same keys, which
 * arrive in the same order.
 */
static int
compare_rows(struct diff *d, const char *table, struct err *e)
{
	size_t i = 0;
	int c, rc;

	do {
		rc = d->have->ops->read_row(d->have, &d->other, e);
		if (rc == -1)
			return (-1);
		for (c = 1; i < d->n && c > 0; i++) {
			c = rc == 0 ? 1 : bytes_compare(row_key(&d->other),
			    row_key(&d->row[i]));
			if (c > 0)
				report_row(d, table, row_key(&d->row[i]),
				    "missing");
			else
				d->differences += row_diff_cells(&d->row[i],
				    &d->other, table, choose_comparison(d->o),
				    &d->newer, &d->out);
		}
		if (write_differences(d, e) == -1)
			return (-1);
	} while (rc == 1);
	d->app->stats.records_out += d->n;
	return (0);
}

static int
read_back(struct diff *d, const char *table, struct err *e)
{
	struct target_read r = { .table = table, .versions = d->o->versions };
	struct ranges keys = { .n = 0 };
	size_t i;
	int rc = 0;

	for (i = 0; i < d->n && rc == 0; i++)
		rc = ranges_add_key(&keys, row_key(&d->row[i]), e);
	r.range = keys.range;
	r.nranges = keys.n;
	if (rc == 0)
		rc = d->have->ops->read_begin(d->have, &r, e);
	if (rc == 0) {
		rc = compare_rows(d, table, e);
		d->have->ops->read_end(d->have);
	}
	ranges_free(&keys);
	for (i = 0; i < d->n; i++)
		row_trim(&d->row[i], KEEP);
	return (rc);
}

static int
diff_table(struct diff *d, const char *table, struct err *e)
{
	const struct target_read r = { .table = table,
		.versions = d->o->versions };
	size_t bytes;
	int rc;

	if (d->want->ops->read_begin(d->want, &r, e) == -1)
		return (-1);
	do {
		bytes = 0;
		rc = 1;
		for (d->n = 0; d->n < AT_ONCE && bytes < AT_ONCE_BYTES;
		    d->n++) {
			rc = d->want->ops->read_row(d->want,
			    &d->row[d->n], e);
			if (rc != 1)
				break;
			bytes += row_size(&d->row[d->n]);
		}
		if (rc != -1 && d->n > 0 && read_back(d, table, e) == -1)
			rc = -1;
		progress_look(d->app);
	} while (rc == 1);
	d->want->ops->read_end(d->want);
	return (rc);
}

static int
delete_row(struct diff *d, const char *table, struct bytes key, struct err *e)
{
	const struct mutation m = { .table = bytes_of(table), .row = key,
		.delete = true };

	return (d->pruner->ops->write(d->pruner, &m, e));
}

/* Handle a row of the scope that is not in the stream. */
static int
handle_extra(struct diff *d, const char *table, struct bytes key, struct err *e)
{

	report_row(d, table, key, "extra");
	if (d->pruner != NULL) {
		d->differences--;
		d->app->stats.rejected++;
		if (delete_row(d, table, key, e) == -1)
			return (-1);
	}
	return (write_differences(d, e));
}

/*
 * Compare two sorted lists of keys: which keys of the target are not in ours?
 */
static int
merge_scope(struct diff *d, const char *table, struct err *e)
{
	int ours, theirs, c = 0;

	ours = d->want->ops->read_row(d->want, &d->row[0], e);
	while (ours != -1 && (theirs = d->have->ops->read_row(d->have,
	    &d->other, e)) != 0) {
		if (theirs == -1)
			return (-1);
		while (ours == 1 && (c = bytes_compare(row_key(&d->row[0]),
		    row_key(&d->other))) < 0)
			ours = d->want->ops->read_row(d->want,
			    &d->row[0], e);
		if (ours != -1 && (ours == 0 || c > 0) &&
		    handle_extra(d, table, row_key(&d->other), e) == -1)
			return (-1);
	}
	return (ours == -1 ? -1 : 0);
}

static int
scope_table(struct diff *d, const char *table, struct err *e)
{
	struct target_read r = { .table = table, .versions = 1,
		.strip = true };
	struct ranges scope = { .n = 0 };
	int rc;

	rc = ranges_add_prefix(&scope, bytes_of(d->o->scope), e);
	r.range = scope.range;
	r.nranges = scope.n;
	if (rc == 0)
		rc = d->want->ops->read_begin(d->want, &r, e);
	if (rc == 0) {
		rc = d->have->ops->read_begin(d->have, &r, e);
		if (rc == 0) {
			rc = merge_scope(d, table, e);
			d->have->ops->read_end(d->have);
		}
		d->want->ops->read_end(d->want);
	}
	ranges_free(&scope);
	return (rc);
}

static int
open_diff(struct diff *d, struct err *e)
{
	const struct target_writer w = { .outcome = check_outcome };

	if (d->o->except != NULL &&
	    ranges_add_file(&d->except, d->o->except, '\n', e) == -1)
		return (-1);
	ranges_normalize(&d->except);
	/*
	 * Open the writer first: then a database has a log, and readers do not
	 * wait.
	 */
	if (d->o->prune && d->o->really &&
	    ((d->pruner = target_open(d->o, d->app, TARGET_WRITE, e)) ==
	    NULL || d->pruner->ops->write_begin(d->pruner, &w, e) == -1))
		return (-1);
	if ((d->have = target_open(d->o, d->app, TARGET_READ, e)) == NULL)
		return (-1);
	d->want = target_open_scratch(d->o, d->app, e);
	return (d->want == NULL ? -1 : 0);
}

static int
diff_tables(struct diff *d, struct err *e)
{
	size_t i;

	if (open_diff(d, e) == -1 || fold_stream(d, e) == -1 ||
	    d->want->ops->list_tables(d->want, output_add_table, &d->tables,
	    e) == -1)
		return (-1);
	/* Even an empty stream has a scope. */
	if (d->tables.n == 0 && d->have->table != NULL && d->o->scope != NULL &&
	    output_add_table(&d->tables, d->have->table) == -1)
		return (err_nomem(e));
	for (i = 0; i < d->tables.n; i++)
		if (diff_table(d, d->tables.name[i], e) == -1 ||
		    (d->o->scope != NULL &&
		    scope_table(d, d->tables.name[i], e) == -1))
			return (-1);
	if (d->pruner != NULL &&
	    d->pruner->ops->finish(d->pruner, TARGET_FINISH, e) == -1)
		return (-1);
	if (d->differences == 0)
		return (0);
	return (err_set_code(e, ERR_DATA, "differs", "%" PRIu64 " differences",
	    d->differences));
}

int
cmd_diff(const struct options *o, struct app *app)
{
	struct err late = { .class = ERR_NONE };
	struct diff *d;
	size_t i;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return (err_nomem(&app->err));
	d->o = o;
	d->app = app;
	for (i = 0; i < AT_ONCE; i++)
		row_init(&d->row[i]);
	row_init(&d->other);
	buf_init(&d->out, SIZE_MAX / 2);
	mutation_init(&d->m);
	diff_tables(d, &app->err);
	if (o->newer)
		jsonw_u64(&app->extra, "newer", d->newer);
	if (o->except != NULL)
		jsonw_u64(&app->extra, "excepted", d->excepted);
	if (app->err.class != ERR_PIPE &&
	    output_flush(&d->out, app, &late) == -1 &&
	    app->err.class == ERR_NONE)
		app->err = late;
	target_close(d->want);
	target_close(d->have);
	target_close(d->pruner);
	output_free_tables(&d->tables);
	for (i = 0; i < AT_ONCE; i++)
		row_free(&d->row[i]);
	row_free(&d->other);
	ranges_free(&d->except);
	buf_free(&d->out);
	mutation_free(&d->m);
	free(d);
	return (app->err.class == ERR_NONE ? 0 : -1);
}
