/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <assert.h>
#include <inttypes.h>

#include "cells.h"
#include "check.h"
#include "condition.h"
#include "coverage.h"
#include "emit.h"
#include "shared_rows.h"
#include "texts.h"
#include "typed.h"

/* Append ,"ts":N,"cells":{ */
static int
put_stamp(struct machine *m, const struct stamp *s)
{
	int64_t t = s->fixed;
	int rc;

	if (s->kind == STAMP_RUN) {
		emit_put(m->out, m->stamp.data, m->stamp.len);
		return (0);
	}
	if (s->kind == STAMP_FIELD) {
		rc = typed_instant(m, s->ref, s->format, s->zone, &t);
		if (rc == -1)
			return (-1);
		if (rc == 0)
			return (machine_fault(m, s->ref, "no_timestamp", "the "
			    "timestamp comes from it, and it is absent"));
		if (t < 0)
			return (machine_fault(m, s->ref, "bad_timestamp",
			    "a timestamp before 1970"));
		t -= t % 1000; /* as tables store it */
	}
	buf_printf(m->out, ",\"ts\":%" PRId64 ",\"cells\":{", t);
	return (0);
}

/* The row was written: remember its table, key and timestamp. */
static int
note_row(struct machine *m, const struct rule *r, size_t head)
{

	m->nrow++;
	if (r->alone)
		return (0);
	switch (dups_add(&m->rows, 0, m->out, m->row_at, head - m->row_at)) {
	case DUPS_NEW:
		return (0);
	case DUPS_NOMEM:
		return (machine_nomem(m));
	default:
		m->shared_row = true;
		return (0);
	}
}

/* The innermost item of ${r}, or the record. */
static const struct scope *
get_row_scope(const struct machine *m, const struct rule *r)
{

	return (r->neach > 0 ? r->each[r->neach - 1] : m->prog->record);
}

static int
put_row(struct machine *m, const struct rule *r)
{
	struct buf *out = m->out;
	size_t head;
	int rc;

	if (r->ncheck > 0 && check_list(m, r->check, r->ncheck) == -1)
		return (-1);
	if (texts_key(m, r) == -1)
		return (machine_place(m, r->key_place));
	assert(out->len >= m->record_at);
	m->row_at = out->len;
	emit_put(out, r->open.p, r->open.n);
	texts_put(out, m->key.data, m->key.len);
	if (put_stamp(m, &r->stamp) == -1)
		return (machine_place(m, r->stamp_place));
	head = out->len;
	if ((rc = cells_families(m, r)) == 0 && r->skip_empty) {
		out->len = m->row_at;
		return (0);
	}
	if (rc == 0)
		rc = machine_fault_at(m, get_row_scope(m, r), "empty_row",
		    "a row without any cell");
	if (rc == -1)
		return (machine_place(m, r->place));
	if (buf_append(out, "}}\n", 3) == -1)
		return (machine_nomem(m));
	return (note_row(m, r, head));
}

/* Run ${r} for the items from level ${depth} of its for_each on. */
static int
run_rule(struct machine *m, const struct rule *r, size_t depth)
{
	struct items it;
	size_t tags;
	int rc;

	if (depth < r->neach) {
		if (machine_each(m, r->each[depth], &it) == -1)
			return (-1);
		while (machine_next(m, r->each[depth], &it))
			if (run_rule(m, r, depth + 1) == -1)
				return (-1);
		return (0);
	}
	if (r->when != NULL && (rc = condition_holds(m, r->when)) != 1)
		return (rc == 0 ? 0 : machine_place(m, r->when_place));
	tags = m->tags.len;
	rc = put_row(m, r);
	m->tags.len = tags; /* those of the row go with it */
	return (rc);
}

static int
run_rules(struct machine *m)
{
	const struct program *p = m->prog;
	size_t i;

	if (p->ncheck > 0 && check_list(m, p->check, p->ncheck) == -1)
		return (-1);
	for (i = 0; i < p->nrule; i++)
		if (run_rule(m, &p->rule[i], 0) == -1)
			return (-1);
	if (m->nrow == 0 && !p->skip_unmatched) {
		machine_fault_at(m, p->record, "no_row",
		    "no rule of the mapping makes a row of it");
		return (machine_place(m, "/rules"));
	}
	if (m->shared_row && shared_rows_check(m) == -1)
		return (-1);
	return (m->npending > 0 ? check_accepted(m) : 0);
}

/* Note unread members; reject the record if the mapping says so. */
static int
note_unread(struct machine *m)
{
	uint32_t first;

	if (coverage_add(m->coverage, m, &first) == -1)
		return (machine_nomem(m));
	if (first == SCAN_NOT_FOUND || m->run->all_unread ||
	    m->prog->unread != UNREAD_REJECT)
		return (0);
	machine_fault_token(m, first, "unread",
	    "nothing in the mapping reads it");
	return (machine_place(m, "/unread"));
}

int
record_run(struct machine *m, const void *line, size_t len,
    uint64_t number, struct buf *out)
{

	if (machine_load(m, line, len, number, out) == 0 &&
	    run_rules(m) == 0 &&
	    (m->coverage == NULL || note_unread(m) == 0)) {
		m->skipped += m->nrow == 0;
		return (0);
	}
	out->len = m->record_at;
	m->nrow = 0;
	return (-1);
}
