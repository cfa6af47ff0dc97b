/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_put.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "emit.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/io.h"
#include "lib/base/sig.h"
#include "lib/cli/app.h"
#include "lib/cli/progress.h"
#include "lib/report/msg.h"
#include "lib/stream/stream.h"
#include "manifest.h"
#include "metadata.h"
#include "options.h"
#include "parts.h"
#include "reader.h"
#include "receipt.h"
#include "run_info.h"
#include "stage/store/store.h"
#include "writer.h"

struct put {
	struct store *s;
	const struct options *o;
	struct app *app;
	struct err *e;
	struct stream *in;
	struct stream_out out;
	struct stream_item item; /* read last */
	struct run_info run;
	struct reader *reader;
	struct parts stored; /* before this attempt and by it */
};

/* A run without another name is named by the last component of its URI. */
static void
take_run_from_uri(struct put *p)
{
	const char *uri = store_uri(p->s), *end = uri + strlen(uri) - 1;
	const char *from = end;
	size_t n;

	while (from > uri && from[-1] != '/')
		from--;
	n = (size_t)(end - from);
	if (n >= sizeof(p->run.run))
		n = sizeof(p->run.run) - 1;
	while ((from[n] & 0xc0) == 0x80) /* not inside a character */
		n--;
	memcpy(p->run.run, from, n);
	p->run.run[n] = '\0';
}

/* Copy ${text}, whose length options_check has checked, or nothing. */
static void
copy_option(char *to, const char *text)
{

	if (text != NULL)
		memcpy(to, text, strlen(text) + 1);
}

/* The run.json that this stream would create if it were the first. */
static int
make_candidate(struct put *p)
{
	const struct stream_begin *head = stream_head(p->in);
	const char *source = p->o->source != NULL ? p->o->source : "";

	memset(&p->run, 0, sizeof(p->run));
	take_run_from_uri(p);
	if (p->app->run != NULL)
		memcpy(p->run.run, p->app->run, strlen(p->app->run) + 1);
	if (head != NULL && head->run[0] != '\0')
		memcpy(p->run.run, head->run, sizeof(p->run.run));
	copy_option(p->run.window, p->o->window);
	copy_option(p->run.from, p->o->from);
	copy_option(p->run.until, p->o->until);
	copy_option(p->run.since, p->o->since);
	p->run.has_since = p->o->since != NULL;
	copy_option(p->run.lookback, p->o->lookback);
	p->run.start = head != NULL ? head->at : clock_micros();
	if (head != NULL && head->source[0] != '\0') {
		memcpy(p->run.source, head->source, sizeof(p->run.source));
		return (0);
	}
	return (run_info_source(source, p->run.source, p->e));
}

/* Write the begin line if the output is to be sealed. */
static int
begin_output(struct put *p)
{
	struct stream_begin b;
	int rc;

	app_set_run(p->app, p->run.run);
	if (!stream_sealed(p->in) || p->o->no_seal ||
	    p->o->emit != EMIT_RECORDS)
		return (0);
	stream_begin_init(&b);
	run_info_begin(&p->run, &b);
	rc = stream_out_begin(&p->out, &b, p->e);
	stream_begin_free(&b);
	return (rc);
}

/*
 * Find where the stream continues: at the start, or after the receipt of its
 * cursor; then write the records stored before that.
 */
static int
find_stream_place(struct put *p, struct part_place *place)
{
	const struct stream_begin *head = stream_head(p->in);
	struct receipt last;
	int rc;

	memset(place, 0, sizeof(*place));
	memcpy(place->hash, p->run.source, sizeof(place->hash));
	if (head == NULL || !stream_begin_resumes(head))
		return (0);
	rc = chain_to_mark(p->s, head->from.data, head->from.len, &p->stored,
	    p->e);
	if (rc == 0)
		return (err_set_code(p->e, ERR_TEMP, "unknown_mark", "the "
		    "stream continues from a cursor that no receipt of %s has; "
		    "run nf-stage mark again", store_uri(p->s)));
	if (rc == -1)
		return (-1);
	parts_get(&p->stored, p->stored.n - 1, &last);
	place->index = p->stored.n;
	memcpy(place->hash, last.hash, sizeof(last.hash));
	parts_sum(&p->stored, &place->totals);
	return (emit_parts(p->reader, p->s, &p->stored,
	    p->o->emit == EMIT_RECORDS ? &p->out : NULL, p->e));
}

/* Wait for the next input; in the meantime a part may become too old. */
static int
wait_for_item(struct put *p, struct writer *w)
{
	int rc;

	while (!stream_buffered(p->in)) {
		if ((rc = io_wait(STDIN_FILENO, writer_wait(w), p->e)) == -1)
			return (-1);
		if (rc == 0 && writer_tick(w, p->e) == -1)
			return (-1);
		if (rc == 1 && (rc = stream_fill(p->in, p->e)) != 0)
			return (rc == -1 ? -1 : 0);
	}
	return (0);
}

/* Read the stream to its end into parts. */
static int
read_stream(struct put *p, struct writer *w)
{

	for (;;) {
		if (p->item.kind == STREAM_EOF)
			return (writer_finish(w, p->e));
		if (p->item.kind == STREAM_RECORD &&
		    writer_record(w, &p->item, p->e) == -1)
			return (-1);
		if (p->item.kind == STREAM_MARK &&
		    writer_mark(w, p->item.line, p->item.len, p->e) == -1)
			return (-1);
		p->app->stats.records_in = stream_records(p->in);
		p->app->stats.bytes_in = stream_bytes(p->in);
		progress_look(p->app);
		if (writer_wait(w) != -1 && wait_for_item(p, w) == -1)
			return (-1);
		if (stream_read(p->in, &p->item, p->e) == -1)
			return (-1);
	}
}

/*
 * The stream ended early, by a signal or without a seal: keep the records
 * before the last mark, so that they need not be sent again.  The error is not
 * changed.
 */
static void
keep_marked(struct put *p, struct writer *w)
{
	struct err why = *p->e;
	int64_t n;

	if (why.class != ERR_SIGNAL && strcmp(why.code, "cut_off") != 0)
		return;
	if (why.class == ERR_SIGNAL)
		sig_take();
	err_clear(p->e);
	if ((n = writer_keep(w, p->e)) > 0)
		msg_log(MSG_INFO, "part_kept", "stored up to the last mark: %"
		    PRId64 " records", n);
	else if (n == -1)
		msg_log(MSG_WARNING, "part_kept", "the records before the last "
		    "mark could not be stored: %s", p->e->msg);
	*p->e = why;
}

/* For people: what happened to the records that were read. */
static void
report_commit(struct put *p, const struct manifest *m)
{
	struct buf *b = &p->app->told;

	buf_printf(b, "%zu part%s, committed", m->parts.n,
	    m->parts.n == 1 ? "" : "s");
	if (m->totals.records != stream_records(p->in))
		buf_printf(b, " (%" PRIu64 " records in all)",
		    m->totals.records);
}

/* Commit the run, unless another writer has committed something else. */
static int
commit_run(struct put *p, const struct part_totals *totals)
{
	struct manifest m = { .run = p->run, .totals = *totals,
		.proof = *stream_proof(p->in), .parts = p->stored };
	int rc;

	parts_init(&p->stored); /* they are the manifest's now */
	rc = manifest_commit(p->s, &m, p->o->spool, p->e);
	if (rc == 0 && !part_totals_equal(&m.totals, totals))
		rc = err_set_code(p->e, ERR_TEMP, "other_won", "%s: another "
		    "process committed other records; run again to print "
		    "those", store_uri(p->s));
	if (rc == 0) /* only its writer has checked these parts */
		rc = emit_parts(p->reader, p->s, &m.parts, NULL, p->e);
	if (rc != -1)
		rc = emit_end(p->s, &m, p->o, &p->out, p->e);
	if (rc == 0)
		report_commit(p, &m);
	p->app->proof = m.proof;
	manifest_fini(&m);
	return (rc);
}

/* The run is not committed: write it. */
static int
write_run(struct put *p)
{
	struct part_place place;
	struct writer *w = NULL;
	struct buf meta;
	int rc = -1;

	buf_init(&meta, METADATA_MAX);
	if (metadata_parse(&p->o->metadata, &meta, p->e) == -1 ||
	    find_stream_place(p, &place) == -1)
		goto done;
	w = writer_new(p->s, p->o, buf_cstr(&meta), &place, &p->stored,
	    p->reader, &p->out, p->e);
	if (w == NULL)
		goto done;
	if (stream_sealed(p->in))
		writer_expect_marks(w);
	if (read_stream(p, w) == 0)
		rc = commit_run(p, writer_totals(w));
	else
		keep_marked(p, w);

done:
	writer_free(w);
	buf_free(&meta);
	return (rc);
}

/*
 * Create the run for this input, or check that it belongs to it: 0, or -1 if
 * it has another source, or if the input ended before it began.
 */
static int
fix_run(struct put *p)
{

	if (!p->o->unsealed && stream_whole(p->in, &p->item, p->e) == -1)
		return (-1);
	if (make_candidate(p) == -1)
		return (-1);
	return (run_info_fix(p->s, &p->run, p->e));
}

/* Check whose run it is and whether it is committed: 1 with ${m}, 0, or -1. */
static int
find_manifest(struct put *p, struct manifest *m)
{
	int rc;

	if (p->item.kind == STREAM_EOF && !stream_sealed(p->in)) {
		/* An empty input does not contradict a committed run. */
		if ((rc = manifest_get(p->s, m, p->e)) == -1)
			return (-1);
		if (rc == 1) {
			p->run = m->run;
			return (1);
		}
	}
	if (fix_run(p) == -1)
		return (-1);
	return (manifest_get(p->s, m, p->e));
}

/* The run is committed: write its records. */
static int
hand_on_run(struct put *p, const struct manifest *m)
{

	if (store_settle(p->s, MANIFEST_NAME, p->e) == -1 ||
	    manifest_check_run(p->s, m, p->e) == -1 || begin_output(p) == -1)
		return (-1);
	p->app->proof = m->proof;
	if (emit_up(p->s, p->o, m, p->reader, p->in, &p->item, &p->out,
	    p->e) == -1)
		return (-1);
	report_commit(p, m);
	return (0);
}

/* After the first item: write the committed records, or store the run. */
static int
put_run(struct put *p)
{
	struct manifest m;
	int rc;

	manifest_init(&m);
	if ((rc = find_manifest(p, &m)) == 1)
		rc = hand_on_run(p, &m);
	else if (rc == 0 && (rc = begin_output(p)) == 0) {
		stream_sum(p->in, STREAM_NO_SUM); /* that of each part is had */
		rc = write_run(p);
	}
	manifest_fini(&m);
	return (rc);
}

/* It is one record, but rarely intended. */
static void
warn_of_array(const struct stream_item *item)
{

	if (item->kind == STREAM_RECORD && item->len > 2 &&
	    memcmp(item->line, "[{", 2) == 0)
		msg_log(MSG_WARNING, "array", "line 1: a JSON array is one "
		    "record; if it contains the records, nf-fetch FILE "
		    "converts it to one record per line");
}

int
cmd_put(struct store *s, const struct options *o, struct app *app)
{
	struct put p = { .s = s, .o = o, .app = app, .e = &app->err };
	int rc = -1;

	app->silent = o->emit != EMIT_RECORDS;
	parts_init(&p.stored);
	stream_out_init(&p.out, STDOUT_FILENO);
	if ((p.reader = reader_new((size_t)o->max_line, p.e)) == NULL ||
	    (p.in = stream_open(STDIN_FILENO, (size_t)o->max_line, p.e))
	    == NULL)
		goto done;
	stream_sum(p.in, STREAM_SUM); /* it may be compared with a run */
	rc = stream_read(p.in, &p.item, p.e);
	if (rc == 0) {
		warn_of_array(&p.item);
		rc = put_run(&p);
	}
	app->stats.records_in = stream_records(p.in);
	app->stats.bytes_in = stream_bytes(p.in);

done:
	app->stats.records_out = p.out.records;
	app->stats.bytes_out = p.out.bytes;
	app->stats.sealed = rc == 0 && p.out.sealed;
	stream_free(p.in);
	stream_out_free(&p.out);
	reader_free(p.reader);
	parts_free(&p.stored);
	return (rc);
}
