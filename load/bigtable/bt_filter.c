/* SPDX-License-Identifier: Apache-2.0 */
#include "bt_filter.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "load/bigtable/bigtable.pb-c.h"
#include "load/ranges.h"
#include "load/target.h"

#define filter_message Google__Bigtable__V2__RowFilter
#define COLUMN_RANGE(name) GOOGLE__BIGTABLE__V2__COLUMN_RANGE__##name
#define FILTER(name) GOOGLE__BIGTABLE__V2__ROW_FILTER__FILTER_##name

/* All parts of one request; freed together. */
struct request {
	Google__Bigtable__V2__ReadRowsRequest message;
	Google__Bigtable__V2__RowSet rows;
	Google__Bigtable__V2__RowRange *range;
	Google__Bigtable__V2__RowRange **ranges;
	ProtobufCBinaryData *key;
	/* chain of: columns, time range, versions, sample, strip */
	Google__Bigtable__V2__RowFilter all, part[5], *parts[5];
	Google__Bigtable__V2__RowFilter__Chain chain;
	Google__Bigtable__V2__RowFilter__Interleave any;
	Google__Bigtable__V2__RowFilter *column, **columns;
	Google__Bigtable__V2__ColumnRange *qualifier;
	Google__Bigtable__V2__TimestampRange times;
	char *regex; /* families, quoted, one after the other */
};

static ProtobufCBinaryData
to_binary(struct bytes b)
{
	ProtobufCBinaryData d = { b.n, (uint8_t *)(uintptr_t)b.p };

	return (d);
}

static void
fill_range(Google__Bigtable__V2__RowRange *to, const struct target_range *g)
{

	google__bigtable__v2__row_range__init(to);
	if (g->start_open) {
		to->start_key_case =
		    GOOGLE__BIGTABLE__V2__ROW_RANGE__START_KEY_START_KEY_OPEN;
		to->start_key_open = to_binary(g->start);
	} else if (g->start.n > 0) {
		to->start_key_case =
		    GOOGLE__BIGTABLE__V2__ROW_RANGE__START_KEY_START_KEY_CLOSED;
		to->start_key_closed = to_binary(g->start);
	}
	if (g->end_closed) {
		to->end_key_case =
		    GOOGLE__BIGTABLE__V2__ROW_RANGE__END_KEY_END_KEY_CLOSED;
		to->end_key_closed = to_binary(g->end);
	} else if (g->end.n > 0) {
		to->end_key_case =
		    GOOGLE__BIGTABLE__V2__ROW_RANGE__END_KEY_END_KEY_OPEN;
		to->end_key_open = to_binary(g->end);
	}
}

static int
fill_rows(struct request *q, const struct target_range *range, size_t n)
{
	size_t i;

	if (n == 0)
		return (0);
	q->range = calloc(n, sizeof(*q->range));
	q->ranges = calloc(n, sizeof(*q->ranges));
	q->key = calloc(n, sizeof(*q->key));
	if (q->range == NULL || q->ranges == NULL || q->key == NULL)
		return (-1);
	google__bigtable__v2__row_set__init(&q->rows);
	q->rows.row_keys = q->key;
	q->rows.row_ranges = q->ranges;
	for (i = 0; i < n; i++) {
		if (ranges_is_key(&range[i])) {
			q->key[q->rows.n_row_keys++] =
			    to_binary(range[i].start);
		} else {
			fill_range(&q->range[i], &range[i]);
			q->ranges[q->rows.n_row_ranges++] = &q->range[i];
		}
	}
	q->message.rows = &q->rows;
	return (0);
}

/* Write the family as an RE2 regular expression; return its end. */
static char *
quote_regex(char *to, struct bytes family)
{
	size_t i;

	for (i = 0; i < family.n; i++) {
		if (strchr(".-+*?()[]{}|^$\\", family.p[i]) != NULL)
			*to++ = '\\';
		*to++ = (char)family.p[i];
	}
	*to++ = '\0';
	return (to);
}

static int
fill_column_filters(struct request *q, const struct target_read *r,
    filter_message *f)
{
	size_t i, n = 0;
	char *to;

	for (i = 0; i < r->ncolumns; i++)
		n += 2 * r->column[i].family.n + 1;
	q->column = calloc(r->ncolumns, sizeof(*q->column));
	q->columns = calloc(r->ncolumns, sizeof(*q->columns));
	q->qualifier = calloc(r->ncolumns, sizeof(*q->qualifier));
	to = q->regex = malloc(2 * n);
	if (q->column == NULL || q->columns == NULL || q->qualifier == NULL ||
	    q->regex == NULL)
		return (-1);
	for (i = 0; i < r->ncolumns; i++) {
		const struct target_column *c = &r->column[i];
		filter_message *x = q->columns[i] = &q->column[i];
		Google__Bigtable__V2__ColumnRange *g = &q->qualifier[i];

		google__bigtable__v2__row_filter__init(x);
		if (c->whole_family) {
			x->filter_case = FILTER(FAMILY_NAME_REGEX_FILTER);
			x->family_name_regex_filter = to;
			to = quote_regex(to, c->family);
			continue;
		}
		google__bigtable__v2__column_range__init(g);
		g->family_name = to;
		memcpy(to, c->family.p, c->family.n);
		to += c->family.n;
		*to++ = '\0';
		g->start_qualifier_case =
		    COLUMN_RANGE(START_QUALIFIER_START_QUALIFIER_CLOSED);
		g->start_qualifier_closed = to_binary(c->qualifier);
		g->end_qualifier_case =
		    COLUMN_RANGE(END_QUALIFIER_END_QUALIFIER_CLOSED);
		g->end_qualifier_closed = to_binary(c->qualifier);
		x->filter_case = FILTER(COLUMN_RANGE_FILTER);
		x->column_range_filter = g;
	}
	if (r->ncolumns == 1) {
		*f = q->column[0];
		return (0);
	}
	google__bigtable__v2__row_filter__interleave__init(&q->any);
	q->any.filters = q->columns;
	q->any.n_filters = r->ncolumns;
	f->filter_case = FILTER(INTERLEAVE);
	f->interleave = &q->any;
	return (0);
}

static filter_message *
add_filter(struct request *q)
{
	filter_message *f = &q->part[q->chain.n_filters];

	google__bigtable__v2__row_filter__init(f);
	q->parts[q->chain.n_filters++] = f;
	return (f);
}

static int
fill_filter(struct request *q, const struct target_read *r)
{
	filter_message *f;

	google__bigtable__v2__row_filter__chain__init(&q->chain);
	q->chain.filters = q->parts;
	if (r->sample > 0) {
		f = add_filter(q);
		f->filter_case = FILTER(ROW_SAMPLE_FILTER);
		f->row_sample_filter = r->sample;
	}
	if (r->ncolumns > 0 && fill_column_filters(q, r, add_filter(q)) == -1)
		return (-1);
	if (r->ts_from != 0 || r->ts_until != 0) {
		f = add_filter(q);
		f->filter_case = FILTER(TIMESTAMP_RANGE_FILTER);
		f->timestamp_range_filter = &q->times;
		google__bigtable__v2__timestamp_range__init(&q->times);
		q->times.start_timestamp_micros = r->ts_from;
		q->times.end_timestamp_micros = r->ts_until;
	}
	if (r->versions > 0) {
		f = add_filter(q);
		f->filter_case = FILTER(CELLS_PER_COLUMN_LIMIT_FILTER);
		f->cells_per_column_limit_filter = (int32_t)r->versions;
	}
	if (r->strip) {
		f = add_filter(q);
		f->filter_case = FILTER(STRIP_VALUE_TRANSFORMER);
		f->strip_value_transformer = 1;
	}
	if (q->chain.n_filters == 0)
		return (0);
	google__bigtable__v2__row_filter__init(&q->all);
	q->all.filter_case = FILTER(CHAIN);
	q->all.chain = &q->chain;
	q->message.filter = q->chain.n_filters == 1 ? q->parts[0] : &q->all;
	return (0);
}

int
bt_filter_request(const struct target_read *r,
    const struct target_range *range, size_t n, uint64_t limit,
    const char *name, const char *app_profile, grpc_slice *message,
    struct err *e)
{
	static char none[] = "";
	struct request q;
	int rc = -1;

	memset(&q, 0, sizeof(q));
	google__bigtable__v2__read_rows_request__init(&q.message);
	q.message.table_name = (char *)(uintptr_t)name;
	q.message.app_profile_id = app_profile == NULL ? none :
	    (char *)(uintptr_t)app_profile;
	q.message.rows_limit = (int64_t)limit;
	q.message.reversed = r->reverse;
	if (fill_rows(&q, range, n) == -1 || fill_filter(&q, r) == -1) {
		err_nomem(e);
		goto done;
	}
	*message = grpc_slice_malloc(
	    google__bigtable__v2__read_rows_request__get_packed_size(
	    &q.message));
	google__bigtable__v2__read_rows_request__pack(&q.message,
	    GRPC_SLICE_START_PTR(*message));
	rc = 0;
done:
	free(q.range);
	free(q.ranges);
	free(q.key);
	free(q.column);
	free(q.columns);
	free(q.qualifier);
	free(q.regex);
	return (rc);
}
