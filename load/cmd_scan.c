/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_scan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/sig.h"
#include "lib/cli/app.h"
#include "lib/cli/progress.h"
#include "options.h"
#include "output.h"
#include "ranges.h"
#include "row.h"
#include "row_line.h"
#include "row_print.h"
#include "target.h"
#include "target_open.h"

struct scan_run {
	const struct options *o;
	struct app *app;
	struct target *target;
	struct ranges ranges;
	struct target_column *column;
	size_t columns;
	struct row row;
	struct buf out;
	struct output_tables tables; /* to read one after the other */
	uint64_t rows;               /* of this one, to count */
};

/* Print a key; without --null it must be a single line. */
static int
print_key(struct scan_run *s, struct bytes key, struct err *e)
{

	if (!s->o->null && key.n > 0 && (memchr(key.p, '\n', key.n) != NULL ||
	    key.p[key.n - 1] == '\r'))
		return (err_set_code(e, ERR_DATA, "bad_key", "a row key "
		    "contains a line break (use --null)"));
	buf_append(&s->out, key.p, key.n);
	buf_putc(&s->out, s->o->null ? '\0' : '\n');
	return (0);
}

static int
print_values(struct scan_run *s, struct err *e)
{
	struct bytes b;
	size_t i;

	for (i = 0; i < s->row.n; i++) {
		b = row_cell(&s->row, i).value;
		buf_append(&s->out, b.p, b.n);
		buf_putc(&s->out, s->o->null ? '\0' : '\n');
		if (output_written(&s->out, s->app, e) == -1)
			return (-1);
	}
	return (0);
}

static int
print_mutations(struct scan_run *s, const char *table, struct err *e)
{
	size_t i = 0;

	while (i < s->row.n) {
		i = row_line_write(&s->out, table, &s->row, i, s->o->max_line);
		if (output_written(&s->out, s->app, e) == -1)
			return (-1);
	}
	return (0);
}

static int
print_row(struct scan_run *s, const char *table, struct err *e)
{
	int rc = 0;

	if (s->o->verb == VERB_COUNT)
		s->rows++;
	else if (s->o->keys_only)
		rc = print_key(s, row_key(&s->row), e);
	else if (s->o->values)
		rc = print_values(s, e);
	else if (s->o->output == OUTPUT_JSON)
		row_print_json(&s->out, table, &s->row);
	else if (s->o->output == OUTPUT_TSV)
		row_print_tsv(&s->out, &s->row);
	else if (s->o->output == OUTPUT_TABLE)
		row_print_table(&s->out, &s->row);
	else
		rc = print_mutations(s, table, e);
	if (rc == -1)
		return (-1);
	s->app->stats.records_in++;
	if (s->o->verb != VERB_COUNT)
		s->app->stats.records_out++;
	progress_look(s->app);
	return (output_written(&s->out, s->app, e));
}

static int
scan_table(struct scan_run *s, const char *table, struct err *e)
{
	const struct target_ops *ops = s->target->ops;
	const struct target_read r = {
		.table = table,
		.range = s->ranges.range,
		.nranges = s->ranges.n,
		.column = s->column,
		.ncolumns = s->columns,
		.versions = s->o->verb == VERB_COUNT ? 1 : s->o->versions,
		.ts_from = s->o->ts_from,
		.ts_until = s->o->ts_until,
		.limit = s->o->limit,
		.sample = s->o->sample,
		.reverse = s->o->reverse,
		.strip = s->o->keys_only || s->o->verb == VERB_COUNT
	};
	int rc;

	if ((rc = ops->read_begin(s->target, &r, e)) == 0) {
		while ((rc = ops->read_row(s->target, &s->row, e)) == 1)
			if (sig_check(e) == -1 ||
			    print_row(s, table, e) == -1) {
				rc = -1;
				break;
			}
		ops->read_end(s->target);
	}
	if (rc == 0 && s->o->verb == VERB_COUNT) {
		if (s->target->table == NULL)
			buf_printf(&s->out, "%s\t", table);
		buf_printf(&s->out, "%" PRIu64 "\n", s->rows);
		s->rows = 0;
	}
	return (rc);
}

/* Does ${by} already include all of ${c}? */
static bool
is_covered(const struct target_column *c, const struct target_column *by)
{

	return (bytes_equal(c->family, by->family) && (by->whole_family ||
	    (!c->whole_family && bytes_equal(c->qualifier, by->qualifier))));
}

/*
 * Return each cell once: Bigtable returns one copy per filter that it passes.
 */
static void
drop_covered(struct scan_run *s)
{
	size_t i, j, n = 0;

	for (i = 0; i < s->columns; i++) {
		for (j = 0; j < s->columns; j++)
			if (j != i && is_covered(&s->column[i],
			    &s->column[j]) &&
			    (j < i || !is_covered(&s->column[j],
			    &s->column[i])))
				break;
		if (j == s->columns)
			s->column[n++] = s->column[i];
	}
	s->columns = n;
}

/* FAMILY or FAMILY:QUALIFIER. */
static int
fill_scan_columns(struct scan_run *s, struct err *e)
{
	struct target_column *c;
	const char *text, *colon;
	size_t i;

	s->column = calloc(s->o->columns.n + 1, sizeof(*s->column));
	if (s->column == NULL)
		return (err_nomem(e));
	for (i = 0; i < s->o->columns.n; i++) {
		c = &s->column[i];
		text = s->o->columns.item[i];
		colon = strchr(text, ':');
		c->family = bytes_of(text);
		c->whole_family = colon == NULL;
		if (colon != NULL) {
			c->family.n = (size_t)(colon - text);
			c->qualifier = bytes_of(colon + 1);
		}
	}
	s->columns = s->o->columns.n;
	drop_covered(s);
	return (0);
}

/* Keys, prefixes and ranges; without any of these, all rows. */
static int
fill_scan_ranges(struct scan_run *s, bool *none, struct err *e)
{
	const struct options *o = s->o;
	const struct target_range g = { .start = bytes_of(o->start),
		.end = bytes_of(o->end) };
	size_t i;

	for (i = 0; i < o->keys.n; i++)
		if (ranges_add_key(&s->ranges, bytes_of(o->keys.item[i]),
		    e) == -1)
			return (-1);
	for (i = 0; i < o->prefixes.n; i++)
		if (ranges_add_prefix(&s->ranges,
		    bytes_of(o->prefixes.item[i]), e) == -1)
			return (-1);
	if (o->keys_file != NULL && ranges_add_file(&s->ranges, o->keys_file,
	    o->null ? '\0' : '\n', e) == -1)
		return (-1);
	for (i = 0; i < o->ranges.n; i++)
		if (ranges_add_text(&s->ranges, o->ranges.item[i], e) == -1)
			return (-1);
	if ((o->start != NULL || o->end != NULL) &&
	    ranges_add(&s->ranges, &g, e) == -1)
		return (-1);
	*none = s->ranges.n > 0 || o->keys_file != NULL;
	ranges_normalize(&s->ranges);
	*none = *none && s->ranges.n == 0;
	return (0);
}

static int
scan_tables(struct scan_run *s, struct err *e)
{
	bool none = false;
	size_t i;

	if (fill_scan_columns(s, e) == -1 || fill_scan_ranges(s, &none,
	    e) == -1 ||
	    (s->target = target_open(s->o, s->app, TARGET_READ,
	    e)) == NULL)
		return (-1);
	if (s->target->table == NULL) {
		if (s->target->ops->list_tables(s->target, output_add_table,
		    &s->tables, e) == -1)
			return (-1);
	} else if (output_add_table(&s->tables, s->target->table) == -1) {
		return (err_nomem(e));
	}
	for (i = 0; i < s->tables.n && !none; i++)
		if (scan_table(s, s->tables.name[i], e) == -1)
			return (-1);
	return (0);
}

int
cmd_scan(const struct options *o, struct app *app)
{
	struct scan_run s = { .o = o, .app = app };
	struct err late = { .class = ERR_NONE };
	int rc;

	row_init(&s.row);
	buf_init(&s.out, SIZE_MAX / 2);
	rc = scan_tables(&s, &app->err);
	/* Print only complete rows, including those read before a failure. */
	if (app->err.class != ERR_PIPE &&
	    output_flush(&s.out, app, &late) == -1 && rc == 0)
		app->err = late;
	target_close(s.target);
	output_free_tables(&s.tables);
	free(s.column);
	ranges_free(&s.ranges);
	row_free(&s.row);
	buf_free(&s.out);
	return (app->err.class == ERR_NONE ? 0 : -1);
}

int
cmd_scan_count(const struct options *o, struct app *app)
{

	return (cmd_scan(o, app));
}
