/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <inttypes.h>

#include "explain.h"
#include "jobs.h"
#include "lib/base/err.h"
#include "lib/cli/app.h"
#include "lib/cli/progress.h"
#include "lib/stream/stream.h"
#include "options.h"
#include "sink.h"
#include "transform/mapping/program.h"
#include "transform/record/record.h"
#include "transform/record/unique.h"

/* Rows are passed on in pieces of this size. */
#define BLOCK ((size_t)128 << 10)

/* One thread: records go straight from the reader's buffer to the rows'. */
struct run {
	struct sink *sink;
	struct stream *in;
	struct machine machine;
	struct unique *unique;
	struct buf rows; /* transformed, not yet passed on */
	uint64_t nrows;
	bool started;
	bool ready;      /* ${machine} is initialized */
};

static int
hand_rows(struct run *r, struct err *e)
{
	int rc = sink_rows(r->sink, r->rows.data, r->rows.len, r->nrows, e);

	r->rows.len = 0;
	r->nrows = 0;
	return (rc);
}

/* The time of the run is now known. */
static int
start_run(struct run *r, struct err *e)
{
	const struct program *prog = r->sink->prog;

	r->started = true;
	if (sink_start(r->sink, r->in, e) == -1 ||
	    machine_init(&r->machine, prog, &r->sink->info, e) == -1)
		return (-1);
	r->ready = true;
	if (sink_attach(r->sink, &r->machine, e) == -1)
		return (-1);
	if (prog->unique_limit > 0 &&
	    (r->unique = unique_new(prog->unique_limit)) == NULL)
		return (err_nomem(e));
	r->machine.unique = r->unique;
	return (0);
}

/* The record was not accepted. */
static int
refuse_record(struct run *r, const struct stream_item *i, struct err *e)
{

	if (r->machine.no_memory)
		return (err_nomem(e));
	if (r->machine.unique_full)
		return (err_set(e, ERR_CONFIG, "line %" PRIu64
		    ": more unique values than the limit of %zu: raise "
		    "\"unique\": {\"limit\": N}", i->number,
		    r->sink->prog->unique_limit));
	return (sink_refuse(r->sink, &r->machine.fault, i->number, i->line,
	    i->len, e));
}

static int
run_item(struct run *r, const struct stream_item *i, struct err *e)
{

	if (!r->started && start_run(r, e) == -1)
		return (-1);
	if (i->kind == STREAM_MARK)
		return (hand_rows(r, e) == -1 ? -1 :
		    stream_out_mark(&r->sink->out, i->line, i->len, e));
	if (i->kind != STREAM_RECORD)
		return (0);
	r->sink->app->stats.records_in++;
	r->sink->app->stats.bytes_in = stream_bytes(r->in);
	if (r->sink->o->explain)
		return (explain_record(&r->machine, i->line, i->len,
		    stream_place(r->in), e));
	if (record_run(&r->machine, i->line, i->len,
	    stream_place(r->in), &r->rows) == -1)
		return (refuse_record(r, i, e));
	r->nrows += r->machine.nrow;
	progress_look(r->sink->app);
	return (r->rows.len >= BLOCK ? hand_rows(r, e) : 0);
}

/* Read to the end; flush the rows before waiting for input. */
static int
read_records(struct run *r, struct err *e)
{
	struct stream_item i;

	for (;;) {
		if (!stream_buffered(r->in) && (hand_rows(r, e) == -1 ||
		    stream_out_flush(&r->sink->out, e) == -1))
			return (-1);
		if (stream_read(r->in, &i, e) == -1 || run_item(r, &i, e) == -1)
			return (-1);
		if (i.kind == STREAM_EOF)
			return (0);
	}
}

static int
run_one_thread(struct sink *sink, struct stream *in, struct err *e)
{
	struct run r = { .sink = sink, .in = in };
	struct err late = { 0 };
	int rc;

	buf_init(&r.rows, MACHINE_MAX_OUT);
	rc = read_records(&r, e);
	if (hand_rows(&r, rc == 0 ? e : &late) == -1)
		rc = -1;
	if (r.ready) {
		if (sink_detach(sink, &r.machine, rc == 0 ? e : &late) == -1)
			rc = -1;
		machine_fini(&r.machine);
	}
	unique_free(r.unique);
	buf_free(&r.rows);
	return (rc);
}

int
run_stream(struct app *app, const struct options *o,
    const struct program *prog, struct err *e)
{
	struct sink sink;
	struct stream *in;
	int rc = -1;

	if (sink_open(&sink, app, o, prog, e) == -1)
		return (-1);
	if ((in = stream_open(0, o->max_line, e)) != NULL) {
		/* Unique values are checked in the order of the run. */
		if (o->jobs > 1 && prog->unique_limit == 0 && !o->explain)
			rc = jobs_run(&sink, in, (unsigned)o->jobs, e);
		else
			rc = run_one_thread(&sink, in, e);
		app->stats.bytes_in = stream_bytes(in);
	}
	rc = sink_close(&sink, rc, e);
	stream_free(in);
	return (rc);
}
